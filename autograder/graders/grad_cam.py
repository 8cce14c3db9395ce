"""Hidden tests of Grad-CAM."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_cluttered, draw_digits, draw_network, draw_other_classes, draw_weights
from autograder.grading.student import Student
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_last(rng: np.random.Generator) -> list[Call]:
    """The last feature maps, with averaging above them, and with a hidden layer."""
    averaged = draw_network(rng, input_shape=(8, 7, 3), convolutions=2, averaged=True)
    hidden = draw_network(rng, input_shape=(5, 6, 1), convolutions=1)
    return [
        call
        for model in (averaged, hidden)
        for call in _calls(rng, model, [layer.name for layer in model.layers if _has_maps(layer)][-1])
    ]


def draw_every_layer(rng: np.random.Generator) -> list[Call]:
    """Each layer of a network that has feature maps; one convolution has no ReLU, so its maps have both signs."""
    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [9, 8, 2]},
        {"type": "Conv2D", "name": "first", "filters": 4, "kernel_size": [3, 3], "activation": "relu"},
        {"type": "MaxPooling2D", "name": "pooling", "pool_size": [2, 2]},
        {"type": "Conv2D", "name": "linear", "filters": 6, "kernel_size": [3, 3], "padding": "same"},
        {"type": "ReLU", "name": "relu"},
        {"type": "Flatten"},
        {"type": "Dense", "units": 12, "activation": "relu"},
        {"type": "Dense", "units": 4},
    ]
    model = networks.build(layers, draw_weights(rng, layers))
    return [call for layer in ("first", "pooling", "linear") for call in _calls(rng, model, layer)[:1]]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Cluttered and plain digits, explained for classes that they do not show."""
    (x, labels), (digits, shown) = draw_cluttered(rng, 4), draw_digits(rng, 4)
    others, other_digits = draw_other_classes(rng, labels), draw_other_classes(rng, shown)
    cluttered_cnn, mnist_cnn = networks.load("cluttered_cnn"), networks.load("mnist_cnn")
    label = "on a trained network"
    return [
        Call("grad_cam", (cluttered_cnn, x, others), {"layer": "pool2"}, label, TRAINED),
        Call("grad_cam", (cluttered_cnn, x, others), {"layer": "conv3"}, label, TRAINED),
        Call("grad_cam", (mnist_cnn, digits, other_digits), {"layer": "conv2"}, label, TRAINED),
    ]


def _has_maps(layer: Any) -> bool:
    return layer.output.ndim == 4 and "input" not in layer.name


def _calls(rng: np.random.Generator, model: Any, layer: str) -> list[Call]:
    x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    targets, one, where = rng.permutation(4).astype(np.int32), int(rng.integers(4)), {"layer": layer}
    return [
        Call("grad_cam", (model, x, targets), where, f"at layer '{layer}', one target per image", SMALL),
        Call("grad_cam", (model, x, one), where, f"at layer '{layer}', one target for all images", SMALL),
    ]


@part("grad_cam", draw=draw_last)
def test_the_last_feature_maps(student: Student, case: Case) -> None:
    student.must_match(case)


@part("every_layer", draw=draw_every_layer)
def test_every_layer(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_networks", draw=draw_trained)
def test_trained_networks(student: Student, case: Case) -> None:
    student.must_match(case)
