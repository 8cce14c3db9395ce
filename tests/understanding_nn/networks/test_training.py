import json

import numpy as np
import pytest
from rich.progress import Progress

from understanding_nn import networks
from understanding_nn.errors import ArgumentError, DataError
from understanding_nn.networks import __main__ as command
from understanding_nn.networks import packaged, training
from understanding_nn.networks.architectures import ARCHITECTURES, Architecture
from understanding_nn.networks.distortions import distort

RECIPE = Architecture(
    summary="small",
    layers=(
        {"type": "Input", "name": "image", "shape": [28, 28, 1]},
        {"type": "Flatten", "name": "flatten"},
        {"type": "Dense", "name": "hidden", "units": 16, "activation": "relu"},
        {"type": "Dense", "name": "logits", "units": 10},
    ),
    epochs=7,
)


@pytest.fixture
def digits(first_digits):
    return first_digits(500, 200)


def weights_of(model):
    return networks.describe(model)[1]


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(digits, tmp_path, monkeypatch):
    expected = weights_of(training.fit(RECIPE, digits, tmp_path / "whole.npz"))
    epochs = []

    def interrupted(*arguments, **options):
        epochs.append(1)
        if len(epochs) == 7:
            raise KeyboardInterrupt
        return distort(*arguments, **options)

    monkeypatch.setattr(training, "distort", interrupted)
    with pytest.raises(KeyboardInterrupt):
        training.fit(RECIPE, digits, tmp_path / "parts.npz")
    epochs.clear()
    resumed = weights_of(training.fit(RECIPE, digits, tmp_path / "parts.npz"))
    assert len(epochs) == 2  # five were in the checkpoint
    for a, b in zip(resumed, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_training_learns(digits, tmp_path):
    model = training.fit(RECIPE, digits, tmp_path / "checkpoint.npz")
    accuracy = np.mean(np.argmax(model(digits.x_test), axis=1) == digits.y_test)
    assert accuracy > 0.6


def test_a_finished_training_is_not_repeated(digits, tmp_path, monkeypatch):
    expected = weights_of(training.fit(RECIPE, digits, tmp_path / "checkpoint.npz"))
    monkeypatch.setattr(training, "distort", None)  # to call it would be an error
    again = weights_of(training.fit(RECIPE, digits, tmp_path / "checkpoint.npz"))
    assert all(np.array_equal(a, b) for a, b in zip(expected, again, strict=True))


def test_what_is_normalized_in_training_is_kept_without(digits, tmp_path, monkeypatch):
    layers = [
        RECIPE.layers[0],
        {
            "type": "Conv2D",
            "name": "conv",
            "filters": 8,
            "kernel_size": [5, 5],
            "strides": [3, 3],
            "activation": "relu",
        },
        *RECIPE.layers[1:],
    ]
    recipe = Architecture("small", tuple(layers), epochs=5, batch_size=10, batch_normalization=True)
    model = training.fit(recipe, digits, tmp_path / "checkpoint.npz")
    assert [layer["type"] for layer in networks.describe(model)[0]] == [layer["type"] for layer in layers]
    assert np.mean(np.argmax(model(digits.x_test), axis=1) == digits.y_test) > 0.6
    # The means and variances of the normalization are in the checkpoint: without them another network would be folded.
    monkeypatch.setattr(training, "distort", None)
    again = training.fit(recipe, digits, tmp_path / "checkpoint.npz")
    assert all(np.array_equal(a, b) for a, b in zip(weights_of(model), weights_of(again), strict=True))


def test_each_epoch_has_a_clutter_of_its_own_around_its_digits(digits):
    recipe, rng = ARCHITECTURES["cluttered_cnn"], np.random.default_rng(0)
    first, second = (training._distorted(recipe, digits.x_train, rng) for _ in range(2))
    assert first.shape == second.shape == (500, 40, 40, 1)
    assert not np.array_equal(first, second)
    ink = digits.x_train.sum(axis=(1, 2, 3))
    assert np.corrcoef(first.sum(axis=(1, 2, 3)), ink)[0, 1] > 0.8  # in the order of the digits, and so of the labels


def test_a_damaged_checkpoint_is_said(digits, tmp_path):
    (tmp_path / "checkpoint.npz").write_bytes(b"half a file")
    with pytest.raises(DataError, match=r"checkpoint\.npz.*Delete it"):
        training.fit(RECIPE, digits, tmp_path / "checkpoint.npz")
    np.savez(tmp_path / "checkpoint.npz", epochs_done=np.array(3))
    with pytest.raises(DataError, match="another training"):
        training.fit(RECIPE, digits, tmp_path / "checkpoint.npz")


def test_the_command_writes_weights_and_card(digits, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(ARCHITECTURES, "mnist_cnn", RECIPE)
    monkeypatch.setattr(training, "mnist", lambda: digits)
    # Determinism cannot be switched off again in this process.
    monkeypatch.setattr(command.tf.config.experimental, "enable_op_determinism", lambda: None)
    words = ["train", "mnist_cnn", "--output", str(tmp_path / "out"), "--checkpoints", str(tmp_path / "cache")]
    assert command.main(words) == 0
    output = capsys.readouterr()
    card = json.loads((tmp_path / "out" / "mnist_cnn.json").read_text())
    assert f"{card['test_accuracy']:.1%} of the test digits" in output.out
    assert "7/7" in output.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["mnist_cnn.json", "mnist_cnn.npz"]
    assert list((tmp_path / "cache").iterdir()) == []
    monkeypatch.setattr(packaged, "FOLDER", tmp_path / "out")
    packaged.weights.cache_clear()
    try:
        accuracy = np.mean(np.argmax(networks.load("mnist_cnn")(digits.x_test), axis=1) == digits.y_test)
    finally:
        packaged.weights.cache_clear()
    assert accuracy == pytest.approx(card["test_accuracy"], abs=0.0051)


def test_the_command_lists_the_networks(capsys):
    assert command.main(["list"]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == [*networks.names(), "mnist_rbm"]


def test_the_command_says_what_stopped_it(tmp_path, monkeypatch, capsys):
    def refuse(*arguments):
        raise ArgumentError("no such thing [sic]")

    monkeypatch.setattr(command, "train", refuse)
    monkeypatch.setattr(command.tf.config.experimental, "enable_op_determinism", lambda: None)
    assert command.main(["train", "mnist_cnn"]) == 1
    assert "no such thing [sic]" in capsys.readouterr().err


def test_an_unknown_network_cannot_be_trained(tmp_path):
    with pytest.raises(ArgumentError, match="mnist_cnn"):
        training.train("mnist", tmp_path)


def test_the_progress_goes_on_where_the_training_does(digits, tmp_path):
    progress = Progress(disable=True)
    training.fit(RECIPE, digits, tmp_path / "checkpoint.npz", progress)
    assert progress.tasks[0].completed == progress.tasks[0].total == 7


def test_the_first_weights_depend_on_the_seed_only():
    first, again = (training.first_weights(ARCHITECTURES["mnist_cnn"]) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not first[1].any()  # a bias
    assert first[0].std() == pytest.approx(np.sqrt(2 / 25), rel=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist_cnn"])
def test_the_packaged_weights_can_be_trained_anew(name, tmp_path):
    card = training.train(name, tmp_path, tmp_path)
    # Another processor rounds in another way, and 40 epochs later one digit or another falls elsewhere.
    assert card["test_accuracy"] == pytest.approx(networks.card(name)["test_accuracy"], abs=0.008)
