import keras
import numpy as np
import pytest
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.errors import ArgumentError, UnderstandingNNError, UnsupportedLayerError

L = keras.layers


def network(*last):
    return keras.Sequential([keras.Input((4, 4, 1)), L.Flatten(), *(last or [L.Dense(3)])], name="small")


IMAGES = np.zeros((2, 4, 4, 1))


def test_images_and_targets_come_back_as_tensors():
    x, target = check_explanation(network(), IMAGES.astype(int), 2)
    assert (x.dtype, x.shape) == (tf.float32, (2, 4, 4, 1))
    assert (target.dtype, target.numpy().tolist()) == (tf.int32, [2, 2])


@pytest.mark.parametrize("target", [[0, 2], (0, 2), np.array([0, 2], np.uint8), tf.constant([0, 2], tf.int64)])
def test_one_target_an_image(target):
    assert check_explanation(network(), IMAGES, target)[1].numpy().tolist() == [0, 2]


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (IMAGES[0], r"shape \(4, 4, 1\).*takes \(N, 4, 4, 1\).*x\[np.newaxis\]"),
        (IMAGES[..., 0], r"shape \(2, 4, 4\).*x\[..., np.newaxis\]"),
        (IMAGES[0, ..., 0], r"x\[np.newaxis, ..., np.newaxis\]"),
        (IMAGES[:, :3], r"shape \(2, 3, 4, 1\).*trained on them"),
        (IMAGES[:0], "holds no image"),
        (3.0, "holds no image"),
        (IMAGES + np.nan, "32 values that are NaN or infinite, of 32"),
        (IMAGES + 1j, "complex128"),
        ("digits.png", "'digits.png'.*array of numbers"),
        ([[1, 2], [3]], "not an array"),
        (None, "NoneType"),
    ],
)
def test_images_that_no_network_takes(x, message):
    with pytest.raises(ArgumentError, match=message):
        check_explanation(network(), x, 0)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (3, "target 3 is out of range.*3 logits.*0 to 2"),
        (-1, "target -1 is out of range"),
        ([0, 7], "target 7"),
        (1.0, r"float 1\.0.*astype\(int\)"),
        ("3", "str '3'"),
        (True, "bool True"),
        (None, "NoneType"),
        ([0, 1, 2], r"shape \(3,\).*\(2,\)"),
        ([[0, 0, 1], [1, 0, 0]], r"one-hot.*argmax"),
        ([], r"target"),
    ],
)
def test_targets_that_are_no_index(target, message):
    with pytest.raises(ArgumentError, match=message):
        check_explanation(network(), IMAGES, target)


@pytest.mark.parametrize(
    ("last", "named"),
    [
        ([L.Dense(3, activation="softmax", name="decision")], "decision"),
        ([L.Dense(3), L.Softmax(name="decision")], "decision"),
        ([L.Dense(3), L.Activation("softmax", name="decision")], "decision"),
        ([L.Dense(3), L.Activation("log_softmax", name="decision")], "log_softmax"),
        ([L.Dense(3, activation="sigmoid")], "sigmoid"),
        ([L.Dense(3, activation="softmax", name="decision"), L.Dropout(0.1), L.Activation("linear")], "decision"),
    ],
)
def test_probabilities_are_refused(last, named):
    with pytest.raises(UnsupportedLayerError, match=f"{named}.*expected logits.*from_logits=True"):
        check_explanation(network(*last), IMAGES, 0)


def test_a_softmax_written_as_a_function_is_found():
    image = keras.Input((4, 4, 1))
    model = keras.Model(image, keras.ops.softmax(L.Dense(3)(L.Flatten()(image))))
    with pytest.raises(UnsupportedLayerError, match="softmax"):
        check_explanation(model, IMAGES, 0)


def test_a_softmax_inside_a_nested_model_is_found():
    inner = keras.Sequential([keras.Input((3,)), L.Softmax(name="inside")])
    with pytest.raises(UnsupportedLayerError, match="inside"):
        check_explanation(network(L.Dense(3), inner), IMAGES, 0)


def test_a_softmax_in_the_middle_is_the_networks_own_affair():
    check_explanation(network(L.Dense(3, activation="softmax"), L.Dense(3)), IMAGES, 0)


@pytest.mark.parametrize("model", [None, IMAGES, "mnist_cnn", keras.layers.Dense(3)])
def test_what_is_no_model(model):
    with pytest.raises(ArgumentError, match=r"keras.Model.*\(model, x, target\)"):
        check_explanation(model, IMAGES, 0)


def test_an_output_that_is_no_row_of_logits():
    image = keras.Input((4, 4, 1))
    with pytest.raises(ArgumentError, match=r"\(None, 4, 4, 2\).*\(N, K\)"):
        check_explanation(keras.Model(image, L.Conv2D(2, 1)(image)), IMAGES, 0)
    flat = L.Flatten()(image)
    with pytest.raises(ArgumentError, match="output shape"):
        check_explanation(keras.Model(image, [L.Dense(2)(flat), L.Dense(2)(flat)]), IMAGES, 0)


def test_several_inputs_are_refused():
    inputs = [keras.Input((4,)), keras.Input((4,))]
    with pytest.raises(ArgumentError, match="several inputs"):
        check_explanation(keras.Model(inputs, L.Dense(2)(L.Add()(inputs))), np.zeros((2, 4)), 0)


def test_a_network_that_takes_any_size():
    image = keras.Input((None, None, 1))
    model = keras.Model(image, L.Dense(2)(L.GlobalAveragePooling2D()(image)))
    assert check_explanation(model, np.zeros((1, 9, 5, 1)), 0)[0].shape == (1, 9, 5, 1)
    with pytest.raises(ArgumentError, match=r"\(N, any, any, 1\)"):
        check_explanation(model, np.zeros((1, 9, 5, 3)), 0)


def test_models_that_learn_their_shapes_when_they_are_called():
    class Subclass(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = L.Dense(3)

        def call(self, x):
            return self.dense(tf.reshape(x, (-1, 16)))

    for model in (Subclass(), keras.Sequential([L.Flatten(), L.Dense(3)])):
        assert check_explanation(model, IMAGES, 1)[1].numpy().tolist() == [1, 1]


def test_inside_a_tf_function_only_values_are_left_unchecked():
    model = network()

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, 4, 4, 1)), tf.TensorSpec((), tf.int64)])
    def doubled(x, target):
        x, target = check_explanation(model, x, target)
        return 2 * x, target

    x, target = doubled(tf.ones((2, 4, 4, 1)), 1)
    assert (float(x[0, 0, 0, 0]), target.numpy().tolist()) == (2.0, [1, 1])
    with pytest.raises(ArgumentError, match="shape"):
        tf.function(lambda x: check_explanation(model, x, 0), autograph=False)(tf.ones((2, 5, 4, 1)))


def test_one_error_catches_all():
    assert issubclass(ArgumentError, UnderstandingNNError)
    assert issubclass(UnsupportedLayerError, UnderstandingNNError)
    assert issubclass(UnsupportedLayerError, ValueError)
