"""Hidden tests of sensitivity analysis."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes
from autograder.grading.student import Student
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_gradients(rng: np.random.Generator) -> list[Call]:
    """A small network of each kind; one target per image, one for all, and a single image."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(8, 8, 3), convolutions=2)
    return [
        *_calls("logit_gradient", rng, dense, SMALL),
        *_calls("logit_gradient", rng, deep, SMALL),
    ]


def draw_sensitivities(rng: np.random.Generator) -> list[Call]:
    """A small convolutional network with color images."""
    return _calls("sensitivity_analysis", rng, draw_network(rng, input_shape=(7, 6, 2), convolutions=1), SMALL)


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network, explained for classes that they do not show."""
    model = networks.load("mnist_cnn")
    x, labels = draw_digits(rng, 5)
    target = draw_other_classes(rng, labels)
    return [Call("sensitivity_analysis", (model, x, target), label="on the trained network", tolerance=TRAINED)]


def _calls(function: str, rng: np.random.Generator, model: Any, tolerance: float) -> list[Call]:
    x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    classes = model.output_shape[-1]
    targets = rng.permutation(np.arange(4) % classes).astype(np.int32)
    one = int(rng.integers(classes))
    return [
        Call(function, (model, x, targets), label="with one target per image", tolerance=tolerance),
        Call(function, (model, x, one), label="with one target for all images", tolerance=tolerance),
        Call(function, (model, x[:1], one), label="with a batch of one image", tolerance=tolerance),
    ]


@part("logit_gradient", draw=draw_gradients)
def test_gradient_of_a_logit(student: Student, case: Case) -> None:
    student.must_match(case)


@part("sensitivity_analysis", draw=draw_sensitivities)
def test_sensitivity_on_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_sensitivity_on_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)
