"""Hidden tests of deep Taylor decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes, draw_weights
from autograder.grading.student import Student
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3
BOX = {"low": -0.5, "high": 1.5}
# Height and width of the filter, strides, padding: even and odd, more than one place apart, rows that no filter sees.
WINDOWS: tuple[tuple[tuple[int, int], Any, str], ...] = (
    ((3, 3), 1, "same"),
    ((3, 2), (2, 1), "same"),
    ((2, 3), (2, 3), "valid"),
)


def draw_dense_layers(rng: np.random.Generator) -> list[Call]:
    """Activations that are not negative, where nothing excites some of the neurons; and activations of either sign."""
    a, kernel = np.maximum(_normal(rng, 5, 8), 0), _normal(rng, 8, 6)
    a[1], kernel[:, 2] = 0, -np.abs(kernel[:, 2])
    silent = Call("z_plus", (a, kernel, _relevance(rng, a @ np.maximum(kernel, 0))), label="where neurons are silent")
    a, kernel = _normal(rng, 4, 7), _normal(rng, 7, 5)
    return [silent, Call("z_plus", (a, kernel, _uniform(rng, 4, 5)), label="with negative activations")]


def draw_boxes(rng: np.random.Generator) -> list[Call]:
    """Pixels from 0 to 1, one image black; other bounds; bounds of each pixel's own."""
    x, kernel = _uniform(rng, 4, 7), _normal(rng, 7, 5)
    x[1], kernel[:, 2] = 0, np.abs(kernel[:, 2])
    black = _relevance(rng, x @ np.maximum(kernel, 0) + (x - 1) @ np.minimum(kernel, 0))
    own = {"low": -_uniform(rng, 7), "high": 1 + _uniform(rng, 7)}
    return [
        Call("z_box", (x, kernel, black), label="with a black image"),
        Call("z_box", (_pixels(rng, 4, 7), _normal(rng, 7, 5), _uniform(rng, 4, 5)), BOX, label="with other bounds"),
        Call("z_box", (x, _normal(rng, 7, 5), _uniform(rng, 4, 5)), own, label="with bounds of each pixel's own"),
    ]


def draw_convolutions(rng: np.random.Generator) -> list[Call]:
    """Both rules through filters of different sizes, strides and paddings; a dark corner that excites no filter."""
    calls = []
    for size, strides, padding in WINDOWS:
        window = {"strides": strides, "padding": padding}
        dark = np.maximum(_normal(rng, 3, 8, 7, 2), 0)
        dark[:, :5, :5] = 0
        for name, a, options in [
            ("z_plus_conv", dark, window),
            ("z_plus_conv", _normal(rng, 2, 7, 8, 2), window),
            ("z_box_conv", _pixels(rng, 3, 7, 8, 2), window | BOX),
            ("z_box_conv", _uniform(rng, 2, 8, 7, 2), window | {"high": 1 + _uniform(rng, 2)}),
        ]:
            kernel = _normal(rng, *size, 2, 3)
            z = tf.nn.conv2d(np.abs(a), np.abs(kernel), strides, padding.upper())
            if name == "z_plus_conv":
                z = tf.nn.conv2d(np.maximum(a, 0), np.maximum(kernel, 0), strides, padding.upper())
            label = f"with a {size[0]} x {size[1]} filter, strides {strides} and padding '{padding}'"
            calls.append(Call(name, (a, kernel, _relevance(rng, z.numpy())), options, label=label))
    return calls


def draw_explanations(rng: np.random.Generator) -> list[Call]:
    """Small networks, one with every kind of layer, and digits through the trained one."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = _network_with_every_layer(rng)
    bounds = {"low": -_uniform(rng, 2), "high": 1 + _uniform(rng, 2)}
    x, labels = draw_digits(rng, 4, noise=0.0)  # black ground: whole windows of zeros
    others = draw_other_classes(rng, labels)
    digits = networks.load("mnist_cnn_bias_free")
    every = rng.permutation(np.arange(8) % 4).astype(np.int32)
    target, one = np.where(np.arange(4) % 2, others, labels).astype(np.int32), int(rng.integers(4))
    name = "deep_taylor_decomposition"
    return [
        Call(name, (dense, _pixels(rng, 8, 3, 4, 1), every), BOX, label="on a dense network"),
        Call(name, (deep, _uniform(rng, 6, 12, 14, 2), one), bounds, label="with strides and every kind of pooling"),
        Call(name, (digits, x, target), label="on the trained network", tolerance=TRAINED),
    ]


def _network_with_every_layer(rng: np.random.Generator) -> Any:
    def conv(size: int, strides: list[int], padding: str) -> dict[str, Any]:
        window = {"kernel_size": [size, size], "strides": strides, "padding": padding}
        return {"type": "Conv2D", "filters": 5, "activation": "relu", **window}

    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [12, 14, 2]},
        conv(3, [1, 2], "same"),
        {"type": "MaxPooling2D", "pool_size": [3, 3], "strides": [2, 2]},
        conv(2, [1, 1], "valid"),
        {"type": "AveragePooling2D", "pool_size": [2, 2], "padding": "same"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "units": 4, "name": "logits"},
    ]
    return networks.build(layers, draw_weights(rng, layers))


def _relevance(rng: np.random.Generator, z: np.ndarray) -> np.ndarray:
    """Relevance for neurons that receive z ≥ 0: little where they receive little, none where nothing excites them.

    So it is in a network; and relevance that hung on the last digits of a z close to 0 would be luck.
    """
    relevance: np.ndarray = (_uniform(rng, *z.shape) * z / (z + 0.5)).astype(np.float32)
    return relevance


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def _uniform(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(0, 1, shape).astype(np.float32)


def _pixels(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(BOX["low"], BOX["high"], shape).astype(np.float32)


@part("z_plus", draw=draw_dense_layers)
def test_z_plus(student: Student, case: Case) -> None:
    student.must_match(case)


@part("z_box", draw=draw_boxes)
def test_z_box(student: Student, case: Case) -> None:
    student.must_match(case)


@part("convolutions", draw=draw_convolutions)
def test_convolutions(student: Student, case: Case) -> None:
    student.must_match(case)


@part("deep_taylor_decomposition", draw=draw_explanations)
def test_whole_networks(student: Student, case: Case) -> None:
    student.must_match(case)
