"""Networks and images for hidden cases: small random networks that no file holds, and held-out digits."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from understanding_nn import data, networks
from understanding_nn.cluttered import cluttered_mnist
from understanding_nn.networks.checks import check_layers
from understanding_nn.networks.shapes import shape_after, weight_shapes


def draw_network(
    rng: np.random.Generator,
    *,
    input_shape: tuple[int, ...],
    convolutions: int,
    classes: int = 4,
    bias: bool = True,
    padding: str = "same",
    averaged: bool = False,
) -> Any:
    """A small random ReLU network, as `understanding_nn.networks.build` makes it.

    Args:
        rng: where its weights come from.
        input_shape: shape of one image.
        convolutions: how many 3 x 3 convolutions; the first is followed by 2 x 2 max pooling if there are two or more.
        classes: how many logits.
        bias: whether layers have biases.
        padding: of the convolutions.
        averaged: whether the feature maps are averaged and the logits follow at once, as class activation maps need
            it, instead of a hidden dense layer.

    Returns:
        A Keras model from images to logits.

    Example:
        >>> draw_network(np.random.default_rng(0), input_shape=(6, 6, 1), convolutions=1).output_shape
        (None, 4)
    """
    relu = {"activation": "relu", "use_bias": bias}
    layers: list[dict[str, Any]] = [{"type": "Input", "shape": list(input_shape)}]
    for index in range(convolutions):
        layers.append({"type": "Conv2D", "filters": 5, "kernel_size": [3, 3], "padding": padding, **relu})
        if index == 0 and convolutions > 1:
            layers.append({"type": "MaxPooling2D", "pool_size": [2, 2]})
    hidden: list[dict[str, Any]] = [{"type": "Flatten"}, {"type": "Dense", "units": 12, **relu}]
    layers += [{"type": "GlobalAveragePooling2D"}] if averaged else hidden
    layers.append({"type": "Dense", "name": "logits", "units": classes, "use_bias": bias})
    return networks.build(layers, draw_weights(rng, layers))


def draw_weights(rng: np.random.Generator, layers: list[dict[str, Any]]) -> list[np.ndarray]:
    """Weights for a list of layers: kernels that keep the scale of what passes through them, and small biases."""
    weights: list[np.ndarray] = []
    shape: tuple[int, ...] = ()
    for layer in check_layers(layers):
        if layer["type"] == "Input":
            shape = tuple(layer["shape"])
            continue
        for size in weight_shapes(layer, shape):
            scale = np.sqrt(2 / np.prod(size[:-1])) if len(size) > 1 else 0.1
            weights.append(rng.normal(0, scale, size).astype(np.float32))
        shape = shape_after(layer, shape)
    return weights


def draw_digits(rng: np.random.Generator, count: int, *, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Held-out digits of different classes, on a noisy background.

    On a background that is black everywhere, all values that a max pooling compares are equal, and rounding decides
    where its gradient goes; with noise there is one maximum.

    Args:
        rng: which ones.
        count: how many, at most ten.
        noise: the largest value that is added to a pixel.

    Returns:
        Images `(count, 28, 28, 1)`, float32 in [0, 1], and their classes `(count,)`.
    """
    images, labels = _held_out()
    classes = rng.permutation(10)[:count]
    chosen = [int(rng.choice(np.flatnonzero(labels == digit))) for digit in classes]
    noisy = images[chosen] + rng.uniform(0, noise, (count, *images.shape[1:]))
    return np.clip(noisy, 0, 1).astype(np.float32), labels[chosen]


def draw_cluttered(rng: np.random.Generator, count: int, *, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Held-out cluttered digits on a noisy background, for the reason that `draw_digits` gives.

    Args:
        rng: which ones.
        count: how many.
        noise: the largest value that is added to a pixel.

    Returns:
        Images `(count, 40, 40, 1)`, float32 in [0, 1], and their classes `(count,)`.
    """
    cluttered = cluttered_mnist(count, seed=int(rng.integers(2**31)), split="test")
    noisy = cluttered.images + rng.uniform(0, noise, cluttered.images.shape)
    return np.clip(noisy, 0, 1).astype(np.float32), cluttered.labels


def draw_other_classes(rng: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    """For each image a class that it does not show.

    For its own class a trained network is so sure that a softmax is saturated: rounding decides what its gradient is,
    and a mistake with a softmax in it is like no other.

    Args:
        rng: which ones.
        labels: the classes that the images show, of ten, `(N,)`.

    Returns:
        Others, `(N,)`, int32.
    """
    others: np.ndarray = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    return others


def draw_either_sign(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers of either sign, none of them near 0, where rounding would decide what a ReLU or its gradient does.

    Args:
        rng: where they come from.
        shape: of the array.

    Returns:
        An array of that shape, float32, magnitudes between 0.1 and 1.
    """
    numbers: np.ndarray = (rng.uniform(0.1, 1, shape) * rng.choice([-1, 1], shape)).astype(np.float32)
    return numbers


@cache
def _held_out() -> tuple[np.ndarray, np.ndarray]:
    digits = data.mnist()
    return digits.x_test, digits.y_test
