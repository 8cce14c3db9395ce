import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest

from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError, DataError
from understanding_nn.networks import packaged
from understanding_nn.networks.architectures import ARCHITECTURES

FLOORS = {"mnist_cnn": 0.98, "mnist_cnn_bias_free": 0.97, "mnist_mlp": 0.97}


def test_every_network_has_its_floor():
    assert set(networks.names()) == set(FLOORS)


@pytest.mark.parametrize("name", networks.names())
def test_the_card_tells_the_truth(name):
    card, model, digits = networks.card(name), networks.load(name), data.mnist()
    accuracy = np.mean(np.argmax(model(digits.x_test), axis=1) == digits.y_test)
    # One of the 500 digits may fall on the other side on another processor.
    assert accuracy == pytest.approx(card["test_accuracy"], abs=0.0021)
    assert card["test_accuracy"] >= FLOORS[name]
    assert card["num_parameters"] == model.count_params()
    weights = packaged.FOLDER / f"{name}.npz"
    assert card["size_bytes"] == weights.stat().st_size
    assert card["weights_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    recipe = ARCHITECTURES[name]
    assert card["training"] == {key: getattr(recipe, key) for key in card["training"]}
    assert (card["summary"], card["layers"]) == (recipe.summary, [layer["name"] for layer in recipe.layers])
    assert card["command"] == f"python -m understanding_nn.networks train {name}"


def test_all_weights_together_are_small():
    assert sum(networks.card(name)["size_bytes"] for name in networks.names()) < 4_000_000


@pytest.mark.parametrize("name", networks.names())
def test_networks_end_in_logits(name):
    model = networks.load(name)
    assert model.name == name
    assert (model.input_shape, model.output_shape) == ((None, 28, 28, 1), (None, 10))
    assert model.layers[-1].name == "logits"
    assert model.layers[-1].activation is keras.activations.linear


def test_the_networks_are_what_the_methods_need():
    assert networks.load("mnist_mlp").get_layer("code").output.shape == (None, 100)
    relus = [layer for layer in networks.describe(networks.load("mnist_mlp"))[0] if layer.get("activation") == "relu"]
    assert len(relus) == 4
    kinds = {name: [layer["type"] for layer in networks.describe(networks.load(name))[0]] for name in networks.names()}
    assert kinds["mnist_cnn"].count("MaxPooling2D") == 2
    assert kinds["mnist_cnn_bias_free"].count("AveragePooling2D") == 2
    assert not any(
        "bias" in weight.path for name in ("mnist_mlp", "mnist_cnn_bias_free") for weight in networks.load(name).weights
    )
    assert any("bias" in weight.path for weight in networks.load("mnist_cnn").weights)


def test_two_loads_share_nothing():
    first, second = networks.load("mnist_mlp"), networks.load("mnist_mlp")
    before = second.layers[-1].kernel.numpy()
    first.layers[-1].kernel.assign(np.zeros_like(before))
    np.testing.assert_array_equal(second.layers[-1].kernel, before)
    np.testing.assert_array_equal(networks.load("mnist_mlp").layers[-1].kernel, before)


@pytest.mark.parametrize("name", ["mnist", "", "../mnist_cnn", None, 3, ["mnist_cnn"]])
def test_an_unknown_name_lists_the_known_ones(name):
    for function in (networks.load, networks.card):
        with pytest.raises(ArgumentError, match="mnist_cnn, mnist_mlp, mnist_cnn_bias_free"):
            function(name)


def test_damage_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(packaged, "FOLDER", tmp_path)
    packaged._weights.cache_clear()
    try:
        for function in (networks.load, networks.card):
            with pytest.raises(DataError, match="Install the package again"):
                function("mnist_cnn")
    finally:
        packaged._weights.cache_clear()


def test_name_of_knows_what_was_loaded():
    assert [networks.name_of(networks.load(name)) for name in networks.names()] == networks.names()
    assert networks.name_of(networks.build(*networks.describe(networks.load("mnist_mlp")), name="mnist_mlp")) is None
    for other in (None, "mnist_cnn", keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])):
        assert networks.name_of(other) is None


def test_name_of_is_not_deceived_by_changes():
    changed = networks.load("mnist_mlp")
    changed.layers[-1].kernel.assign_add(np.full((100, 10), 1e-3))
    assert networks.name_of(changed) is None
    swapped = networks.load("mnist_mlp")
    swapped.layers[-1].activation = keras.activations.softmax
    assert networks.name_of(swapped) is None
    swapped.layers[-1].activation = keras.activations.gelu
    assert networks.name_of(swapped) is None


def test_nothing_is_written_into_the_package():
    root = Path(packaged.__file__).parents[1]
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if "__pycache__" not in path.parts}
    networks.load("mnist_cnn")
    data.mnist()
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*") if "__pycache__" not in path.parts} == before
