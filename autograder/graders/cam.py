"""Hidden tests of class activation maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_cluttered, draw_network, draw_other_classes
from autograder.grading.student import Student
from solutions.cam import cam
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_maps(rng: np.random.Generator) -> list[Call]:
    """One and two convolutions, colors, sides that differ; one target per image, one for all, and a single image."""
    shallow = draw_network(rng, input_shape=(4, 5, 1), convolutions=1, averaged=True)
    deep = draw_network(rng, input_shape=(10, 8, 3), convolutions=2, padding="valid", averaged=True)
    return [*_calls(rng, shallow), *_calls(rng, deep)]


def draw_sizes(rng: np.random.Generator) -> list[Call]:
    """Maps of either sign, enlarged by whole numbers and by others."""

    def maps(*shape: int) -> np.ndarray:
        return rng.normal(1, 2, shape).astype(np.float32)

    return [
        Call("upsample", (maps(3, 4, 5), (12, 10)), label="by whole numbers", tolerance=SMALL),
        Call("upsample", (maps(2, 3, 4), (7, 11)), label="by numbers that are not whole", tolerance=SMALL),
        Call("upsample", (maps(2, 5, 3), 9), label="to a square", tolerance=SMALL),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Cluttered digits through the trained network, for the digits that they show and for others.

    Its last biases, which no map depends on, are drawn anew: its own are so small that a map with the bias in it could
    pass.
    """
    layers, weights = networks.describe(networks.load("cluttered_cnn"))
    bias = (rng.uniform(40, 60, 10) * rng.choice([-1, 1], 10)).astype(np.float32)
    model = networks.build(layers, [*weights[:-1], bias])
    x, labels = draw_cluttered(rng, 4)
    others = draw_other_classes(rng, labels)
    return [
        Call("cam", (model, x, labels.astype(np.int32)), label="on the trained network", tolerance=TRAINED),
        Call("cam", (model, x, others), label="on the trained network, for other classes", tolerance=TRAINED),
        Call("upsample", (cam(model, x, labels), 40), label="of the trained network's maps", tolerance=SMALL),
    ]


def _calls(rng: np.random.Generator, model: Any) -> list[Call]:
    x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    return [
        Call("cam", (model, x, targets), label="with one target per image", tolerance=SMALL),
        Call("cam", (model, x, one), label="with one target for all images", tolerance=SMALL),
        Call("cam", (model, x[:1], one), label="with a batch of one image", tolerance=SMALL),
    ]


@part("cam", draw=draw_maps)
def test_map_of_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("upsample", draw=draw_sizes)
def test_enlarged_maps(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)
