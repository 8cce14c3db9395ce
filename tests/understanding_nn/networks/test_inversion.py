from dataclasses import replace

import numpy as np
import pytest

from understanding_nn.networks import cards, describe, inversion
from understanding_nn.networks.architectures import ARCHITECTURES

RECIPE = replace(
    ARCHITECTURES["mnist_generator"],
    layers=(
        {"type": "Input", "name": "code", "shape": [100]},
        {"type": "Dense", "name": "hidden", "units": 14 * 14, "activation": "relu"},
        {"type": "Reshape", "name": "map", "target_shape": [14, 14, 1]},
        {"type": "UpSampling2D", "name": "double"},
        {"type": "Conv2D", "name": "image", "filters": 1, "kernel_size": 3, "padding": "same", "activation": "sigmoid"},
    ),
    epochs=6,
    snapshots=(2, 6),
)


@pytest.fixture(scope="module")
def digits(first_digits):
    return first_digits(450, 500)


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(digits, tmp_path, monkeypatch):
    model, pictures = inversion.fit(RECIPE, digits, tmp_path / "whole.npz")
    distort, done = inversion.distort, []

    def interrupted(*arguments, **options):
        done.append(1)
        if len(done) == 6:
            raise KeyboardInterrupt
        return distort(*arguments, **options)

    monkeypatch.setattr(inversion, "distort", interrupted)
    with pytest.raises(KeyboardInterrupt):
        inversion.fit(RECIPE, digits, tmp_path / "parts.npz")
    done.clear()
    resumed, resumed_pictures = inversion.fit(RECIPE, digits, tmp_path / "parts.npz")
    assert len(done) == 1  # five were in the checkpoint, the first picture among them
    # Steps of Adam are as long for a small gradient as for a large one, so rounding shows.
    np.testing.assert_allclose(resumed_pictures, pictures, atol=0.02)
    for a, b in zip(describe(resumed)[1], describe(model)[1], strict=True):
        np.testing.assert_allclose(a, b, atol=0.02)


def test_training_learns_to_invert(digits, tmp_path):
    model, pictures = inversion.fit(RECIPE, digits, tmp_path / "checkpoint.npz")
    chosen = inversion.one_of_each_class(digits)
    errors = np.square(pictures - chosen).mean(axis=(1, 2, 3, 4))
    assert errors[1] < errors[0]
    np.testing.assert_allclose(pictures[-1], model(inversion.encoder_of(RECIPE)(chosen)), atol=1e-6)
    made = cards.of_generator(RECIPE, digits, model, pictures)
    assert made.measured["test_accuracy"] > 0.3  # a tenth by chance
    assert made.files["_training"]["images"].shape == (2, 10, 28, 28, 1)


def test_one_digit_of_each_class_is_held_out(digits):
    chosen = inversion.one_of_each_class(digits)
    places = [np.flatnonzero((digits.x_test == digit).all(axis=(1, 2, 3)))[0] for digit in chosen]
    assert digits.y_test[places].tolist() == list(range(10))
