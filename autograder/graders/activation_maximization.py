"""Hidden tests of activation maximization.

The objective is compared at given images, its gradient by one long step, the ascent by a few steps. A whole run is
judged by where it ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import solutions.activation_maximization as reference
from autograder.grading import Call, part
from autograder.grading.ascents import must_climb, with_long_ascent
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes
from autograder.grading.student import Student
from solutions.activation_maximization import am_objective
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_objectives(rng: np.random.Generator) -> list[Call]:
    """Two small networks; a mean of each form; one target per image, one for all, a single image; the defaults."""
    calls = []
    for shape, convolutions in (((3, 4, 1), 0), ((8, 7, 2), 2)):
        model = draw_network(rng, input_shape=shape, convolutions=convolutions)
        x, means = _uniform(rng, 4, *shape), _uniform(rng, 4, *shape)
        targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
        number, l2 = round(float(rng.uniform(0.3, 0.7)), 2), round(float(rng.uniform(0.3, 0.6)), 2)
        calls += [
            _value(model, x, targets, {"l2": l2, "mean": means}, "with a mean for each image"),
            _value(model, x, one, {"l2": l2, "mean": means[0]}, "with one mean and one target"),
            _value(model, x, targets, {"l2": l2, "mean": number}, "with a number as mean"),
            _value(model, x[:1], one, {"l2": l2}, "with a single image"),
            _value(model, x, targets, {}, "with its defaults"),
        ]
    return calls


def draw_ascents(rng: np.random.Generator) -> list[Call]:
    """One long step, which is the gradient; a few steps with a mean of each form; no step; the defaults."""
    shape = (6, 5, 2)
    model = draw_network(rng, input_shape=shape, convolutions=1)
    start, means = _uniform(rng, 4, *shape), _uniform(rng, 4, *shape)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    few = {"start": start, "learning_rate": 0.3, "num_steps": 4}
    number = round(float(rng.uniform(0.3, 0.7)), 2)
    long_step = {"start": start, "l2": 0.7, "mean": means, "learning_rate": 10.0, "num_steps": 1}
    return [
        _climb(model, targets, long_step, "with one long step"),
        _climb(model, targets, few | {"l2": 0.4, "mean": means}, "with a mean for each image"),
        _climb(model, one, few | {"l2": 0.6, "mean": means[0]}, "with one mean and one target"),
        _climb(model, one, few | {"l2": 0.5, "mean": number, "start": start[:1]}, "with a single image"),
        _climb(model, targets, {"start": start, "num_steps": 5}, "with its defaults"),
        _climb(model, targets, few | {"num_steps": 0}, "with no step at all"),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits that are to become others: where the network is sure of another class, p and log p are easy to tell."""
    x, labels = draw_digits(rng, 4)
    targets = draw_other_classes(rng, labels)
    means, _ = draw_digits(rng, 4)
    options = {"start": x, "l2": 0.2, "mean": means, "learning_rate": 0.2, "num_steps": 3}
    plain = {"start": x, "mean": x, "l2": 0.01, "learning_rate": 0.1, "num_steps": 2}
    model = networks.load("mnist_mlp")
    return [
        _climb(model, targets, options, "on the trained network", TRAINED),
        _climb(model, targets, plain, "on the trained network", TRAINED),
    ]


def _value(model: Any, x: np.ndarray, target: Any, options: dict[str, Any], label: str) -> Call:
    return Call("am_objective", (model, x, target), options, label=label, tolerance=SMALL)


def _climb(model: Any, target: Any, options: dict[str, Any], label: str, tolerance: float = SMALL) -> Call:
    return Call("activation_maximization", (model, target), options, label=label, tolerance=tolerance)


def _uniform(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(0, 1, shape).astype(np.float32)


@part("am_objective", draw=draw_objectives)
def test_objective(student: Student, case: Case) -> None:
    student.must_match(case)


@part("activation_maximization", draw=draw_ascents)
def test_ascent(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_prototypes_of_the_trained_network(student: Student, case: Case) -> None:
    must_climb(student, with_long_ascent(case, reference, num_steps=200), heights)


def heights(call: Call, images: np.ndarray) -> np.ndarray:
    """Objective and log probability of each image: both are to be high at the end."""
    model, target = call.args
    x, l2, mean = np.clip(images, -1e6, 1e6), call.kwargs["l2"], call.kwargs["mean"]
    return np.stack([am_objective(model, x, target, l2=l2, mean=mean), am_objective(model, x, target, l2=0.0)])
