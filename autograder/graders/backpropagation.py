"""Hidden tests of backpropagation: saliency maps and class models."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes
from autograder.grading.student import Student
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_saliencies(rng: np.random.Generator) -> list[Call]:
    """Small networks, dense and convolutional with colors; one target per image and one for all."""
    calls = []
    for shape, convolutions in (((3, 4, 1), 0), ((8, 7, 3), 2)):
        model = draw_network(rng, input_shape=shape, convolutions=convolutions)
        x = rng.uniform(0, 1, (4, *shape)).astype(np.float32)
        targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
        calls += [
            Call("backpropagation", (model, x, targets), label="with one target per image", tolerance=SMALL),
            Call("backpropagation", (model, x[:2], one), label="with one target for all images", tolerance=SMALL),
        ]
    return calls


def draw_class_models(rng: np.random.Generator) -> list[Call]:
    """A mean of each shape, never the start itself; one target for all, a single image, the defaults, no step.

    Many steps only with a large l2: it draws what rounding has driven apart together again.
    """
    shape = (6, 5, 2)
    model = draw_network(rng, input_shape=shape, convolutions=1)
    start, means = (rng.uniform(0, 1, (4, *shape)).astype(np.float32) for _ in range(2))
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    few = {"start": start, "learning_rate": 0.2, "num_steps": 4}
    number = float(rng.uniform(0.3, 0.7))
    return [
        _climb(model, targets, few | {"l2": 0.4, "mean": means}, "with a mean for each image", SMALL),
        _climb(model, one, few | {"l2": 0.6, "mean": means[0]}, "with one mean and one target", SMALL),
        _climb(model, targets, few | {"l2": 0.5, "mean": number}, "with a number as mean", SMALL),
        _climb(model, one, few | {"l2": 0.5, "mean": number, "start": start[:1]}, "with a single image", SMALL),
        _climb(model, targets, {"start": start, "num_steps": 5}, "with its defaults", SMALL),
        _climb(model, targets, few | {"l2": 0.5, "mean": means, "num_steps": 25}, "with many steps", SMALL),
        _climb(model, targets, few | {"num_steps": 0}, "with no step at all", SMALL),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network, explained for, and changed into, classes that they do not show.

    Few steps: on the way up neurons switch, and after many steps rounding would decide which of them did.
    """
    model = networks.load("mnist_cnn")
    x, labels = draw_digits(rng, 3)
    targets = draw_other_classes(rng, labels)
    means, _ = draw_digits(rng, 3)
    options = {"start": x, "l2": 0.5, "mean": means, "learning_rate": 0.2, "num_steps": 3}
    return [
        Call("backpropagation", (model, x, targets), label="on the trained network", tolerance=TRAINED),
        _climb(model, targets, options, "on the trained network", TRAINED),
    ]


def _climb(model: Any, target: Any, options: dict[str, Any], label: str, tolerance: float) -> Call:
    return Call("class_model_visualization", (model, target), options, label=label, tolerance=tolerance)


@part("backpropagation", draw=draw_saliencies)
def test_saliency(student: Student, case: Case) -> None:
    student.must_match(case)


@part("class_model_visualization", draw=draw_class_models)
def test_class_models(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_both_on_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)
