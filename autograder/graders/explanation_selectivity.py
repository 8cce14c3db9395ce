"""Hidden tests of explanation selectivity."""

from __future__ import annotations

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network
from autograder.grading.student import Student
from solutions.simple_taylor_decomposition import simple_taylor_decomposition
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_curves(rng: np.random.Generator) -> list[Call]:
    """Curves of several lengths, one with a single step, and a batch of one."""
    many = rng.normal(1, 2, (4, int(rng.integers(5, 9)))).astype(np.float32)
    return [
        Call("explanation_selectivity", (many,), label="with several curves"),
        Call("explanation_selectivity", (many[:1],), label="with a batch of one curve"),
        Call("explanation_selectivity", (many[:, :2] + 3,), label="with a single step"),
    ]


def draw_removals(rng: np.random.Generator) -> list[Call]:
    """Images that are not square, several channels, maps without channels, every kind of value, ties, few steps.

    Ties come as whole numbers: sums of these are exact in every order.
    """
    model = draw_network(rng, input_shape=(8, 6, 2), convolutions=1)
    x = rng.uniform(0.2, 1, (4, 8, 6, 2)).astype(np.float32)
    R = rng.normal(size=x.shape).astype(np.float32)
    ties = rng.integers(-1, 2, (4, 8, 6)).astype(np.int32)
    targets = rng.permutation(4).astype(np.int32)
    values = rng.uniform(-1, 2, x.shape).astype(np.float32)
    pairs = {"patch_size": 2}
    return [
        Call("flip_curve", (model, x, R, targets), pairs, label="with one target per image", tolerance=SMALL),
        Call("flip_curve", (model, x[:1], R[:1], 1), pairs, label="with a batch of one image", tolerance=SMALL),
        Call(
            "flip_curve",
            (model, x, R[..., 0], int(targets[0])),
            {"patch_size": 1, "num_steps": 7, "value": 0.6},
            label="with a map without channels and few steps",
            tolerance=SMALL,
        ),
        Call("flip_curve", (model, x, R, targets), pairs | {"value": values}, label="with values", tolerance=SMALL),
        Call("flip_curve", (model, x, ties, targets), pairs, label="where patches tie", tolerance=SMALL),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits and an explanation of the trained network, once in full with defaults, once toward another background."""
    model = networks.load("mnist_cnn_bias_free")
    x, labels = draw_digits(rng, 4)
    targets = labels.astype(np.int32)
    R = simple_taylor_decomposition(model, x, targets)
    other = {"patch_size": 7, "value": rng.uniform(0, 1, x.shape[1:]).astype(np.float32), "num_steps": 9}
    return [
        Call("flip_curve", (model, x, R, targets), label="on the trained network", tolerance=TRAINED),
        Call(
            "flip_curve", (model, x, R, targets), other, label="on the trained network, with values", tolerance=TRAINED
        ),
    ]


@part("explanation_selectivity", draw=draw_curves)
def test_area(student: Student, case: Case) -> None:
    student.must_match(case)


@part("flip_curve", draw=draw_removals)
def test_curve_on_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_curve_on_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)
