"""Hidden tests of guided backpropagation."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.comparison import complaint
from autograder.grading.failures import LearnerFailure
from autograder.grading.networks import draw_digits, draw_either_sign, draw_network, draw_other_classes
from autograder.grading.student import Student
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_signals(rng: np.random.Generator) -> list[Call]:
    """Inputs and signals of either sign, in every combination, none of them near 0: there rounding would decide.

    The first are up to 10, so that a ReLU with an upper end shows.
    """
    x, signal = (10 * draw_either_sign(rng, 4, 12) for _ in range(2))
    maps, signals = (draw_either_sign(rng, 2, 4, 3, 2) for _ in range(2))
    return [
        Call("guided_relu", (x,), label="on the way forward"),
        Call("guided_relu", (x,), upstream=signal, label="on the way back"),
        Call("guided_relu", (maps,), upstream=signals, label="on the way back through feature maps"),
    ]


def draw_small(rng: np.random.Generator) -> list[Call]:
    """A dense network, and a convolutional one with max pooling and colors."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(8, 7, 3), convolutions=2)
    return [*_calls(rng, dense)[:2], *_calls(rng, deep)[1:]]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network, explained for classes that they do not show."""
    x, labels = draw_digits(rng, 4)
    targets = draw_other_classes(rng, labels)
    args = (networks.load("mnist_cnn"), x, targets)
    return [Call("guided_backpropagation", args, label="on the trained network", tolerance=TRAINED)]


def _calls(rng: np.random.Generator, model: Any) -> list[Call]:
    x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    name = "guided_backpropagation"
    return [
        Call(name, (model, x, targets), label="with one target per image", tolerance=SMALL),
        Call(name, (model, x, one), label="with one target for all images", tolerance=SMALL),
        Call(name, (model, x, targets[::-1].copy()), label="with other targets", tolerance=SMALL),
    ]


@part("guided_relu", draw=draw_signals)
def test_rule_of_a_relu(student: Student, case: Case) -> None:
    student.must_match(case)
    # Not a call of the case: at 0 the reference is at a kink, and no nudge may move it. A network without biases is at
    # this kink wherever an image is black.
    (x,) = case.calls[0].args
    nothing = np.zeros_like(x)
    if complaint(student.vjp("guided_relu", nothing, upstream=np.abs(x)), nothing, SMALL):
        raise LearnerFailure("guided_relu lets a signal back where its input is exactly 0. The mask is x > 0.")


@part("guided_backpropagation", draw=draw_small)
def test_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)
