"""Hidden tests of explanation continuity."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.comparison import complaint
from autograder.grading.failures import LearnerFailure
from autograder.grading.networks import draw_digits
from autograder.grading.student import Student
from solutions.explanation_continuity import explanation_continuity, translate
from solutions.simple_taylor_decomposition import simple_taylor_decomposition
from understanding_nn import networks

TOLERANCE = 1e-4


def draw_shifts(rng: np.random.Generator) -> list[Call]:
    """In both directions at once, in one, not at all, and out of the image; images that are not square."""
    x = rng.uniform(0.1, 1, (3, 7, 9, 2)).astype(np.float32)
    right, down = rng.permutation([1, 2, 3])[:2]
    shifts = {
        "right and down": (right, down),
        "left and down": (-right, down),
        "right and up": (right, -down),
        "only up": (0, -down),
        "by nothing": (0, 0),
    }
    calls = [_shift(x, dx, dy, label) for label, (dx, dy) in shifts.items()]
    return [
        *calls,
        _shift(x, -12, 1, "out of the image"),
        _shift(x[..., 0], right, -down, "without an axis of channels"),
    ]


def draw_ratios(rng: np.random.Generator) -> list[Call]:
    """Gray and color images, and vectors; relevances of either sign, also of another shape than the images.

    Of the color images the two that are farthest apart have opposite explanations: the largest ratio need not be that
    of a near pair.
    """
    gray, color = (rng.uniform(0, 1, shape).astype(np.float32) for shape in ((6, 5, 5, 1), (5, 4, 6, 3)))
    vectors, few = rng.uniform(0, 1, (4, 3)).astype(np.float32), rng.normal(0, 1, (4, 2, 2)).astype(np.float32)
    opposite = rng.normal(0, 1, color.shape).astype(np.float32)
    one, other = max(combinations(range(5), 2), key=lambda pair: np.linalg.norm(color[pair[0]] - color[pair[1]]))
    opposite[one] = -opposite[other]
    return [
        _ratio(gray, rng.normal(0, 1, gray.shape).astype(np.float32), "with gray images"),
        _ratio(color, opposite, "with color images"),
        _ratio(vectors, few, "with images that are vectors"),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """A digit, shifted across the image, then several digits; explained by simple Taylor decomposition.

    Of a digit's shifts the nearest pair has the largest ratio. Several digits are about equally far apart.
    """
    model, (x, label), (digits, classes) = (
        networks.load("mnist_cnn_bias_free"),
        draw_digits(rng, 1),
        draw_digits(rng, 6),
    )
    # The first two far apart: their ratio is small then, and "neighbors" and "with the first" find different pairs.
    across = [-6, 5, *rng.permutation([-4, -2, -1, 0, 1, 3])]
    shifted = np.concatenate([translate(x, int(dx), int(dx) // 2) for dx in across])
    relevances = simple_taylor_decomposition(model, shifted, int(label[0]))
    return [
        _shift(x, int(across[0]), 3, "with a digit"),
        _ratio(shifted, relevances, "with a shifted digit and its explanations"),
        _ratio(digits, simple_taylor_decomposition(model, digits, classes), "with several digits"),
    ]


def _shift(images: np.ndarray, dx: int, dy: int, label: str) -> Call:
    return Call("translate", (images, int(dx), int(dy)), label=label, tolerance=TOLERANCE)


def _ratio(images: np.ndarray, relevances: np.ndarray, label: str) -> Call:
    return Call("explanation_continuity", (images, relevances), label=label, tolerance=TOLERANCE)


@part("translate", draw=draw_shifts)
def test_shifted_images(student: Student, case: Case) -> None:
    student.must_match(case)


@part("explanation_continuity", draw=draw_ratios)
def test_largest_ratio(student: Student, case: Case) -> None:
    student.must_match(case)
    # Not a call of the case: with two equal images no nudge may move the reference, which is at a kink there.
    images, relevances = case.calls[0].args
    doubled = np.concatenate([images, images[2:3]]), np.concatenate([relevances, -3 * relevances[2:3]])
    problem = complaint(student.explanation_continuity(*doubled), explanation_continuity(*doubled), TOLERANCE)
    if problem:
        raise LearnerFailure(f"explanation_continuity {problem} with two images that are equal: leave their pair out.")


@part("digits", draw=draw_trained)
def test_shifted_digits(student: Student, case: Case) -> None:
    student.must_match(case)
