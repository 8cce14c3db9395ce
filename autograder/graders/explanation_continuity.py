"""Hidden tests of explanation continuity."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.comparison import complaint
from autograder.grading.failures import LearnerFailure
from autograder.grading.networks import draw_digits
from autograder.grading.student import Student
from solutions.explanation_continuity import explanation_continuity, translate
from solutions.simple_taylor_decomposition import simple_taylor_decomposition
from understanding_nn import networks

TOLERANCE = 1e-4
SHIFTS = ("translate", "digits")
RATIOS = ("explanation_continuity", "digits")


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


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="translate",
    loses=SHIFTS,
    hint="What leaves your image on one side comes in again on the other: np.roll goes round. What comes in at the "
    "edge must be 0.",
)
def rolled_round(images, dx, dy):
    return np.roll(np.asarray(images, np.float32), (dy, dx), axis=(1, 2))


@misconception(
    replaces="translate",
    loses=SHIFTS,
    hint="dx and dy are exchanged: dx moves along the columns, the third axis of (N, H, W, C), and dy along the rows.",
)
def rows_for_columns(images, dx, dy):
    return translate(images, dy, dx)


@misconception(
    replaces="translate",
    loses=SHIFTS,
    hint="Your images move left and up where they should move right and down. The pixel at (i, j) goes to "
    "(i + dy, j + dx).",
)
def moved_the_other_way(images, dx, dy):
    return translate(images, -dx, -dy)


@misconception(
    replaces="translate",
    loses=SHIFTS,
    hint="What comes in at the edge repeats the border of the image; it must be 0.",
)
def border_repeated(images, dx, dy):
    images = np.asarray(images, np.float32)
    height, width = images.shape[1:3]
    rows = np.clip(np.arange(height) - dy, 0, height - 1)
    columns = np.clip(np.arange(width) - dx, 0, width - 1)
    return images[:, rows][:, :, columns]


def _ratios(images, relevances, ratio):
    """A ratio of the differences of explanations and of images, for all pairs of different images."""
    x = np.asarray(images, np.float64).reshape(len(images), -1)
    R = np.asarray(relevances, np.float64).reshape(len(images), -1)
    pairs = [(i, j) for i, j in combinations(range(len(x)), 2) if np.any(x[i] != x[j])]
    return [float(ratio(R[i] - R[j], x[i] - x[j])) for i, j in pairs]


@misconception(
    replaces="explanation_continuity",
    loses=RATIOS,
    hint="The two norms are exchanged: explanations are compared by the sum of absolute differences, images by the "
    "square root of the sum of squares.",
)
def norms_exchanged(images, relevances):
    return max(_ratios(images, relevances, lambda R, x: np.linalg.norm(R) / np.abs(x).sum()))


@misconception(
    replaces="explanation_continuity",
    loses=RATIOS,
    hint="Explanations are compared by the length of their difference, ‖·‖₂. Take the sum of absolute "
    "differences, ‖·‖₁.",
)
def length_for_both(images, relevances):
    return max(_ratios(images, relevances, lambda R, x: np.linalg.norm(R) / np.linalg.norm(x)))


@misconception(
    replaces="explanation_continuity",
    loses=RATIOS,
    hint="You divide by the squared distance of the images. ‖·‖₂ has a square root.",
)
def root_forgotten(images, relevances):
    return max(_ratios(images, relevances, lambda R, x: np.abs(R).sum() / np.sum(x**2)))


@misconception(
    replaces="explanation_continuity",
    loses=RATIOS,
    hint="You compare the sums of the explanations. Subtract pixel by pixel first, then add absolute values: what "
    "moves from one pixel to another leaves the sum as it is, and is what counts here.",
)
def difference_of_sums(images, relevances):
    return max(_ratios(images, relevances, lambda R, x: np.abs(R.sum()) / np.linalg.norm(x)))


@misconception(
    replaces="explanation_continuity",
    loses=RATIOS,
    hint="This is the mean over all pairs. One jump is enough to make an explanation discontinuous: take the maximum.",
)
def mean_over_pairs(images, relevances):
    return float(np.mean(_ratios(images, relevances, lambda R, x: np.abs(R).sum() / np.linalg.norm(x))))


@misconception(
    replaces="explanation_continuity",
    loses=RATIOS,
    hint="Only images that follow one another are compared. The maximum is over all pairs, whatever the order.",
)
def neighbors_only(images, relevances):
    pairs = [slice(i, i + 2) for i in range(len(images) - 1) if np.any(images[i] != images[i + 1])]
    return max(explanation_continuity(images[pair], relevances[pair]) for pair in pairs)


@misconception(
    replaces="explanation_continuity",
    loses=RATIOS,
    hint="Every image is compared with the first one alone. The maximum is over all pairs.",
)
def first_image_only(images, relevances):
    pairs = [[0, i] for i in range(1, len(images)) if np.any(images[i] != images[0])]
    return max(explanation_continuity(images[pair], relevances[pair]) for pair in pairs)


@misconception(
    replaces="explanation_continuity",
    loses=RATIOS,
    hint="Only pairs of images that are near to each other are compared. Every pair counts, however far apart.",
)
def near_pairs_only(images, relevances):
    pairs = [[i, j] for i, j in combinations(range(len(images)), 2) if np.any(images[i] != images[j])]
    distances = [np.linalg.norm(images[i] - images[j]) for i, j in pairs]
    near = [pair for pair, distance in zip(pairs, distances, strict=True) if distance <= np.mean(distances)]
    return max(explanation_continuity(images[pair], relevances[pair]) for pair in near)
