"""Hidden tests of DeepLIFT."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes, draw_weights
from autograder.grading.student import Student
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_multipliers(rng: np.random.Generator) -> list[Call]:
    """Values of either sign, places where nothing changes, one reference for all rows, and feature maps."""
    z, z_reference = _normal(rng, 3, 6), _normal(rng, 3, 6)
    same = np.where(np.arange(6) % 2, z, z_reference)
    maps = _normal(rng, 2, 3, 2, 2)
    return [
        Call("rescale_multiplier", (z, z_reference), label="with values of either sign"),
        Call("rescale_multiplier", (same, z_reference), label="where some values are those of the reference"),
        Call("rescale_multiplier", (z, _normal(rng, 1, 6)), label="with one reference for all rows"),
        Call("rescale_multiplier", (maps, _normal(rng, *maps.shape)), label="on feature maps"),
        Call("rescale_multiplier", (z[:1] * 0, z[:1] * 0), label="where everything is zero"),
    ]


def draw_without_max_pooling(rng: np.random.Generator) -> list[Call]:
    """Dense layers, strided convolutions with both paddings on odd sizes, average pooling; with and without biases."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    same = _strided_network(rng, padding="same", pooling={"type": "AveragePooling2D", "pool_size": [2, 2]})
    valid = _strided_network(rng, padding="valid", pooling={"type": "GlobalAveragePooling2D"}, bias=False)
    number = round(float(rng.uniform(0.3, 0.7)), 2)
    return [
        _call(rng, dense, 0.0, "with the reference 0"),
        _call(rng, same, number, "with a number as reference, on a strided convolution"),
        *_around_references(rng, same)[:1],
        *_around_references(rng, valid)[1:],
    ]


def draw_max_pooling(rng: np.random.Generator) -> list[Call]:
    """Max pooling, with windows that overlap too.

    References differ from pixel to pixel: on a constant one, all values of a window are equal, and rounding would
    decide which is the largest. The exception is 0 without biases: its windows hold nothing but zeros.
    """
    plain = draw_network(rng, input_shape=(8, 7, 2), convolutions=2)
    pooling = {"type": "MaxPooling2D", "pool_size": [3, 3], "strides": [2, 2], "padding": "same"}
    overlapping = _strided_network(rng, padding="valid", pooling=pooling)
    bias_free = draw_network(rng, input_shape=(7, 6, 1), convolutions=2, bias=False)
    return [
        *_around_references(rng, plain)[:1],
        *_around_references(rng, overlapping)[1:],
        _call(rng, bias_free, 0.0, "with the reference 0, without biases"),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network, compared with other digits and with noise."""
    x, labels = draw_digits(rng, 5)
    others, _ = draw_digits(rng, 5)
    noise = rng.uniform(0, 0.5, x.shape[1:]).astype(np.float32)
    other_classes = draw_other_classes(rng, labels)
    targets = np.where(np.arange(len(labels)) % 2, other_classes, labels).astype(np.int32)
    args = (networks.load("mnist_cnn"), x, targets)
    return [
        Call("deeplift", args, {"reference": others}, label="on mnist_cnn, between digits", tolerance=TRAINED),
        Call("deeplift", args, {"reference": noise}, label="on mnist_cnn, compared with noise", tolerance=TRAINED),
    ]


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def _strided_network(rng: np.random.Generator, *, padding: str, pooling: dict[str, Any], bias: bool = True) -> Any:
    """A convolution that skips every other place of images of odd size, then a pooling, then two dense layers."""
    relu = {"activation": "relu", "use_bias": bias}
    flatten = [] if pooling["type"] == "GlobalAveragePooling2D" else [{"type": "Flatten"}]
    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [13, 11, 2]},
        {"type": "Conv2D", "filters": 6, "kernel_size": [3, 3], "strides": [2, 2], "padding": padding, **relu},
        pooling,
        *flatten,
        {"type": "Dense", "units": 10, **relu},
        {"type": "Dense", "name": "logits", "units": 4, "use_bias": bias},
    ]
    return networks.build(layers, draw_weights(rng, layers))


def _around_references(rng: np.random.Generator, model: Any) -> list[Call]:
    """One call for each shape that a reference can have."""
    references = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    return [
        _call(rng, model, references, "with a reference for each image"),
        _call(rng, model, references[0], "with one reference for all images"),
        _call(rng, model, references[:1], "with a batch of one image", count=1),
    ]


def _call(rng: np.random.Generator, model: Any, reference: Any, label: str, *, count: int = 4) -> Call:
    x = rng.uniform(0, 1, (count, *model.input_shape[1:])).astype(np.float32)
    targets = rng.permutation(np.arange(count) % model.output_shape[-1]).astype(np.int32)
    target = targets if count > 1 else int(rng.integers(model.output_shape[-1]))
    return Call("deeplift", (model, x, target), {"reference": reference}, label=label, tolerance=SMALL)


@part("rescale_multiplier", draw=draw_multipliers)
def test_multipliers_of_a_relu(student: Student, case: Case) -> None:
    student.must_match(case)


@part("deeplift", draw=draw_without_max_pooling)
def test_contributions_without_max_pooling(student: Student, case: Case) -> None:
    student.must_match(case)


@part("max_pooling", draw=draw_max_pooling)
def test_contributions_through_max_pooling(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_contributions_on_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)
