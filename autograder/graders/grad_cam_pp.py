"""Hidden tests of Grad-CAM++: the networks, layers and images of Grad-CAM, whose answer must not be right here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.graders import grad_cam
from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.student import Student


def draw_last(rng: np.random.Generator) -> list[Call]:
    """The last feature maps, with averaging above them, where the gradient is constant, and with a hidden layer."""
    return _asked_of_grad_cam_pp(grad_cam.draw_last(rng))


def draw_every_layer(rng: np.random.Generator) -> list[Call]:
    """Each layer of a network that has feature maps; one convolution has no ReLU, so its maps have both signs."""
    return _asked_of_grad_cam_pp(grad_cam.draw_every_layer(rng))


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Cluttered and plain digits, explained for classes that they do not show."""
    return _asked_of_grad_cam_pp(grad_cam.draw_trained(rng))


def _asked_of_grad_cam_pp(calls: list[Call]) -> list[Call]:
    return [replace(call, function="grad_cam_pp") for call in calls]


@part("grad_cam_pp", draw=draw_last)
def test_the_last_feature_maps(student: Student, case: Case) -> None:
    student.must_match(case)


@part("every_layer", draw=draw_every_layer)
def test_every_layer(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_networks", draw=draw_trained)
def test_trained_networks(student: Student, case: Case) -> None:
    student.must_match(case)
