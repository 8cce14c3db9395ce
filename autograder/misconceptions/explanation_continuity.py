"""What learners get wrong in explanation continuity, as they might write it."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from autograder.grading import misconception
from solutions.explanation_continuity import explanation_continuity, translate

SHIFTS = ("translate", "digits")
RATIOS = ("explanation_continuity", "digits")


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
