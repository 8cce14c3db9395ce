import hashlib
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from understanding_nn import data, networks
from understanding_nn.cluttered import cluttered_mnist
from understanding_nn.errors import ArgumentError, DataError
from understanding_nn.networks import packaged
from understanding_nn.networks.architectures import ARCHITECTURES

FLOORS = {"mnist_cnn": 0.98, "mnist_cnn_bias_free": 0.97, "mnist_mlp": 0.97, "cluttered_cnn": 0.95}


def held_out(name):
    if name == "cluttered_cnn":
        cluttered = cluttered_mnist(2000, seed=0, split="test")
        return cluttered.images, cluttered.labels
    digits = data.mnist()
    return digits.x_test, digits.y_test


def codes(images):
    model = networks.load("mnist_mlp")
    return keras.Model(model.inputs[0], model.get_layer("code").output)(images)


def test_every_classifier_has_its_floor():
    assert set(networks.names()) == {*FLOORS, "mnist_generator"}


@pytest.mark.parametrize("name", FLOORS)
def test_the_card_tells_the_accuracy(name):
    card, model = networks.card(name), networks.load(name)
    x, y = held_out(name)
    accuracy = np.mean(np.argmax(model.predict(x, batch_size=500, verbose=0), axis=1) == y)
    # One of 500 digits may fall on the other side on another processor.
    assert accuracy == pytest.approx(card["test_accuracy"], abs=0.0021)
    assert card["test_accuracy"] >= FLOORS[name]


def test_the_card_tells_how_well_the_generator_inverts():
    card, digits = networks.card("mnist_generator"), data.mnist()
    images = networks.load("mnist_generator")(codes(digits.x_test)).numpy()
    assert np.mean((images - digits.x_test) ** 2) == pytest.approx(card["test_image_error"], rel=0.01)
    accuracy = np.mean(np.argmax(networks.load("mnist_cnn")(images), axis=1) == digits.y_test)
    assert accuracy == pytest.approx(card["test_accuracy"], abs=0.0041)
    assert card["test_accuracy"] >= 0.95
    assert card["test_image_error"] < np.mean((digits.x_train.mean(axis=0) - digits.x_test) ** 2) / 1.5


def test_the_pictures_of_the_training_lead_to_the_packaged_generator():
    pictures = networks.snapshots("mnist_generator")
    assert pictures["epochs"].tolist() == list(ARCHITECTURES["mnist_generator"].snapshots)
    last = networks.load("mnist_generator")(codes(pictures["digits"])).numpy()
    np.testing.assert_allclose(pictures["images"][-1], last, atol=0.02)
    errors = np.square(pictures["images"] - pictures["digits"]).mean(axis=(1, 2, 3, 4))
    assert errors[-1] < errors[0]
    for name in ("mnist_cnn", "mnist"):
        with pytest.raises(ArgumentError, match="mnist_generator"):
            networks.snapshots(name)


@pytest.mark.parametrize("name", [*networks.names(), "mnist_rbm"])
def test_the_card_tells_what_was_trained(name):
    card, recipe = networks.card(name), packaged.recipe_of(name)
    assert card["training"] == json.loads(json.dumps({key: getattr(recipe, key) for key in card["training"]}))
    assert card["summary"] == recipe.summary
    weights = packaged.FOLDER / f"{name}.npz"
    assert card["size_bytes"] == weights.stat().st_size
    assert card["weights_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert card["command"] == f"python -m understanding_nn.networks train {name}"


@pytest.mark.parametrize("name", networks.names())
def test_the_card_tells_the_layers(name):
    card, model = networks.card(name), networks.load(name)
    assert card["num_parameters"] == model.count_params()
    assert card["layers"] == [layer["name"] for layer in ARCHITECTURES[name].layers]


def test_all_weights_together_are_small():
    assert sum(networks.card(name)["size_bytes"] for name in (*networks.names(), "mnist_rbm")) < 4_000_000


@pytest.mark.parametrize("name", FLOORS)
def test_classifiers_end_in_logits(name):
    model = networks.load(name)
    assert model.name == name
    assert (model.input_shape, model.output_shape) == ((None, *held_out(name)[0].shape[1:]), (None, 10))
    assert model.layers[-1].name == "logits"
    assert model.layers[-1].activation is keras.activations.linear


def test_the_networks_are_what_the_methods_need():
    assert networks.load("mnist_mlp").get_layer("code").output.shape == (None, 100)
    relus = [layer for layer in networks.describe(networks.load("mnist_mlp"))[0] if layer.get("activation") == "relu"]
    assert len(relus) == 4
    kinds = {name: [layer["type"] for layer in networks.describe(networks.load(name))[0]] for name in networks.names()}
    assert kinds["cluttered_cnn"][-3:] == ["Conv2D", "GlobalAveragePooling2D", "Dense"]
    assert networks.load("cluttered_cnn").get_layer("conv3").output.shape == (None, 10, 10, 96)
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
    packaged.weights.cache_clear()
    try:
        for function in (networks.load, networks.card):
            with pytest.raises(DataError, match="Install the package again"):
                function("mnist_cnn")
    finally:
        packaged.weights.cache_clear()


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
