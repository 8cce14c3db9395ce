"""Hidden tests of layer-wise relevance propagation."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_weights
from autograder.grading.student import Student
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3
TWO_ONE = {"alpha": 2.0, "beta": 1.0}


def draw_dense_layers(rng: np.random.Generator) -> list[Call]:
    """Inputs of either sign, with and without a bias, and neurons whose contributions all have one sign."""
    inputs, units, count = (int(n) for n in rng.integers(4, 8, 3))
    a, w = _normal(rng, count, inputs), _normal(rng, inputs, units)
    b, R = _normal(rng, units), _normal(rng, count, units)
    positive, one_sign = np.abs(a) + 0.1, np.abs(w) + 0.1
    one_sign[:, ::2] *= -1
    return [
        Call("lrp_dense", (positive, w, None, R), label="with alpha 1, beta 0 and no bias"),
        Call("lrp_dense", (positive, w, b, R), TWO_ONE, label="with alpha 2, beta 1 and a bias"),
        Call("lrp_dense", (a, w, b, R), {"alpha": 1.5, "beta": 0.5}, label="with inputs of either sign"),
        Call("lrp_dense", (positive, one_sign, None, R), TWO_ONE, label="where contributions all have one sign"),
        Call("lrp_dense", (positive[:1] * 0, w, None, R[:1] * 0), label="where all contributions are zero"),
    ]


def draw_convolutions(rng: np.random.Generator) -> list[Call]:
    """Both paddings, strides, odd sizes, a kernel that is not square, inputs of either sign, a filter of one sign."""
    a, b = _normal(rng, 3, 7, 6, 2), _normal(rng, 4)
    square, oblong = _normal(rng, 3, 3, 2, 4), _normal(rng, 3, 2, 2, 4)
    positive, one_sign = np.abs(a) + 0.1, np.abs(oblong) + 0.1
    one_sign[..., 0] *= -1
    strided = {"strides": 2, "padding": "same"}
    return [
        Call("lrp_conv", (positive, square, None, _normal(rng, 3, 7, 6, 4)), label="with its defaults"),
        Call("lrp_conv", (a, square, b, _normal(rng, 3, 4, 3, 4)), strided | TWO_ONE, label="with stride 2 and 'same'"),
        Call(
            "lrp_conv",
            (positive, oblong, b, _normal(rng, 3, 3, 3, 4)),
            {"strides": (2, 2), "padding": "valid", "alpha": 1.5, "beta": 0.5},
            label="with stride 2 and 'valid'",
        ),
        Call(
            "lrp_conv",
            (positive, one_sign, None, _normal(rng, 3, 5, 5, 4)),
            {"padding": "valid"} | TWO_ONE,
            label="where contributions all have one sign",
        ),
    ]


def draw_poolings(rng: np.random.Generator) -> list[Call]:
    """Both rules with windows that overlap, leave a rest, or reach into the padding; a window of zeros."""
    a = rng.uniform(0.1, 1, (3, 7, 6, 2)).astype(np.float32)
    empty = a.copy()
    empty[:, :2, :2] = 0
    R = _normal(rng, 3, 3, 3, 2)
    R[:, 0, 0] = 0
    overlapping = {"pool_size": 3, "strides": 2, "padding": "same"}
    proportional = {"rule": "proportional"}
    return [
        Call("lrp_pool", (a, _normal(rng, 3, 3, 3, 2)), label="with its defaults"),
        Call("lrp_pool", (a, _normal(rng, 3, 4, 3, 2)), overlapping, label="where windows overlap, winner takes all"),
        Call("lrp_pool", (a, _normal(rng, 3, 4, 3, 2)), overlapping | proportional, label="where windows overlap"),
        Call(
            "lrp_pool",
            (a, _normal(rng, 3, 3, 6, 2)),
            {"pool_size": (2, 1), "padding": "valid"} | proportional,
            label="with windows of one column",
        ),
        Call("lrp_pool", (empty, R), proportional, label="where a window is empty"),
    ]


def draw_networks(rng: np.random.Generator) -> list[Call]:
    """Small networks of every kind of step, and digits through trained ones, for their own and for other classes."""
    small = draw_network(rng, input_shape=(8, 8, 2), convolutions=2, padding="valid")
    strided = _strided_network(rng)
    x = rng.uniform(0.05, 1, (4, 8, 8, 2)).astype(np.float32)
    targets = rng.permutation(4).astype(np.int32)
    digits, labels = draw_digits(rng, 3)
    labels[1] = (labels[1] + rng.integers(1, 10)) % 10
    trained = networks.load("mnist_cnn")
    mixed = {"alpha": 1.5, "beta": 0.5, "pool_rule": "proportional"}
    one_zero = {"alpha": 1.0, "beta": 0.0}
    return [
        Call("lrp", (small, x, targets), label="with one target per image", tolerance=SMALL),
        Call("lrp", (small, x[:1], 1), mixed, label="with proportional pooling", tolerance=SMALL),
        Call("lrp", (strided, x, int(targets[0])), one_zero, label="with alpha 1, beta 0", tolerance=SMALL),
        Call("lrp", (trained, digits, labels.astype(np.int32)), label="on the trained network", tolerance=TRAINED),
    ]


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def _strided_network(rng: np.random.Generator) -> Any:
    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [8, 8, 2]},
        {"type": "Conv2D", "filters": 6, "kernel_size": [3, 3], "padding": "same", "activation": "relu"},
        {"type": "AveragePooling2D", "pool_size": [2, 2]},
        {"type": "Conv2D", "filters": 6, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same"},
        {"type": "Activation", "activation": "relu"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "name": "logits", "units": 4},
    ]
    return networks.build(layers, draw_weights(rng, layers))


@part("lrp_dense", draw=draw_dense_layers)
def test_dense(student: Student, case: Case) -> None:
    student.must_match(case)


@part("lrp_conv", draw=draw_convolutions)
def test_conv(student: Student, case: Case) -> None:
    student.must_match(case)


@part("lrp_pool", draw=draw_poolings)
def test_pool(student: Student, case: Case) -> None:
    student.must_match(case)


@part("lrp", draw=draw_networks)
def test_whole_networks(student: Student, case: Case) -> None:
    student.must_match(case)
