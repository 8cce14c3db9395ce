import keras
import pytest

from understanding_nn.chain import layers_of
from understanding_nn.errors import ArgumentError, UnsupportedLayerError

L = keras.layers


def test_sequential_and_functional_give_the_same_list():
    layers = [L.Flatten(name="flatten"), L.Dense(3, name="hidden"), L.Dense(2, name="logits")]
    sequential = keras.Sequential([keras.Input((4, 4, 1)), *layers])
    image = keras.Input((4, 4, 1))
    functional = keras.Model(image, layers[2](layers[1](layers[0](image))))
    assert layers_of(sequential) == layers
    assert layers_of(functional) == layers


def test_the_order_is_that_of_the_path():
    last, first = L.Dense(2, name="last"), L.Dense(3, name="first")
    image = keras.Input((4,))
    assert [layer.name for layer in layers_of(keras.Model(image, last(first(image))))] == ["first", "last"]


def test_a_part_of_a_larger_network_has_only_its_own_layers():
    image = keras.Input((4,))
    hidden = L.Dense(3, name="hidden")(image)
    L.Dense(7)(hidden)  # another branch of the larger network
    assert [layer.name for layer in layers_of(keras.Model(image, L.Dense(2, name="logits")(hidden)))] == [
        "hidden",
        "logits",
    ]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras under NumPy 2
def test_a_saved_and_loaded_network(tmp_path):
    keras.Sequential([keras.Input((4,)), L.Dense(3, name="hidden"), L.Dense(2, name="logits")]).save(
        tmp_path / "m.keras"
    )
    assert [layer.name for layer in layers_of(keras.models.load_model(tmp_path / "m.keras"))] == ["hidden", "logits"]


def test_branches_are_refused():
    image = keras.Input((4,))
    with pytest.raises(UnsupportedLayerError, match=r"'sum'.*2 inputs.*chain"):
        layers_of(keras.Model(image, L.Add(name="sum")([image, L.Dense(4)(image)])))
    with pytest.raises(UnsupportedLayerError, match="2 outputs"):
        layers_of(keras.Model(image, [L.Dense(4)(image), L.Dense(4)(image)]))


def test_a_layer_used_twice_is_refused():
    image, shared = keras.Input((4,)), L.Dense(4, name="shared")
    with pytest.raises(UnsupportedLayerError, match=r"'shared' is used twice"):
        layers_of(keras.Model(image, shared(shared(image))))


def test_functions_that_are_no_layers_are_refused():
    image = keras.Input((4,))
    with pytest.raises(UnsupportedLayerError, match="not a layer"):
        layers_of(keras.Model(image, keras.ops.relu(L.Dense(4)(image))))


def test_what_has_no_layers():
    with pytest.raises(ArgumentError, match=r"keras\.Model"):
        layers_of("mnist_cnn")
    with pytest.raises(ArgumentError, match="call it on an image"):
        layers_of(keras.Sequential([L.Dense(2)]))
