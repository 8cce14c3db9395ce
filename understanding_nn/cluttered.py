"""Cluttered MNIST: a digit somewhere among scraps of other digits, with the box that it is in.

Where the digit is, is known. So an explanation can be measured here: does it lie on the digit?
"""

from dataclasses import dataclass

import numpy as np

from understanding_nn.array_arguments import check_whole
from understanding_nn.data import mnist
from understanding_nn.errors import ArgumentError

SIZE = 40
NUM_DISTRACTORS = 5
DISTRACTOR_SIZE = 5
_SPLITS = ("train", "test")


@dataclass(frozen=True, eq=False)
class ClutteredDigits:
    """Images of a digit among distractors, with the digits and where they are.

    Args:
        images: shape (N, 40, 40, 1), float32 in [0, 1]; 0 is the black background.
        labels: the digits, shape (N,), int64, 0 to 9.
        boxes: the smallest box around all of the digit's own pixels that are not 0, shape (N, 4), int64: its top row,
            left column, height and width, in pixels. The digit of image i is in
            ``images[i, top : top + height, left : left + width]``.

    Example:
        >>> cluttered = cluttered_mnist(8, seed=0, split="test")
        >>> top, left, height, width = cluttered.boxes[0]
        >>> cluttered.images[0, top : top + height, left : left + width].shape == (height, width, 1)
        True
    """

    images: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray


def cluttered_mnist(num_images: int, seed: int = 0, split: str = "test") -> ClutteredDigits:
    """Draws images of cluttered MNIST: a digit of ``mnist()`` at a random place among scraps of other digits.

    An image has 40 x 40 pixels. Five distractors, squares of 5 x 5 pixels cut from images of other digits, are put at
    random places; the digit's own 28 x 28 image is added at a random place; the sum is clipped to [0, 1]. A
    distractor's center is drawn from the box of the digit that it is cut from, so few are empty. "Other" means another
    image: it may show the same digit.

    Args:
        num_images: how many, at least 1.
        seed: decides everything that is random; the same seed gives the same images.
        split: "train" or "test": digits and distractors come from that part of ``mnist()`` only.

    Returns:
        The images, in arrays of your own; thousands a second.

    Raises:
        ArgumentError: a number of images below 1, a seed that is no whole number from 0, or another split.
        DataError: the packaged digits are missing or damaged.

    Example:
        >>> cluttered = cluttered_mnist(100, seed=0, split="test")
        >>> cluttered.images.shape, cluttered.labels.shape, cluttered.boxes.shape
        ((100, 40, 40, 1), (100,), (100, 4))
    """
    num_images, seed = check_whole("num_images", num_images, 1), check_whole("seed", seed, 0)
    if split not in _SPLITS:
        raise ArgumentError(f"split is {split!r}; expected 'train' or 'test'.")
    digits = mnist()
    x, y = (digits.x_train, digits.y_train) if split == "train" else (digits.x_test, digits.y_test)
    rng = np.random.default_rng([seed, _SPLITS.index(split)])
    chosen = rng.integers(len(x), size=num_images)
    images, boxes = scatter(x, chosen, rng)
    return ClutteredDigits(images, y[chosen], boxes)


def scatter(digits: np.ndarray, chosen: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Puts digits at random places among scraps of others: what ``cluttered_mnist`` does, for digits of your own.

    Args:
        digits: what digits and distractors are taken from, at least 2, shape (M, 28, 28, 1), float32 in [0, 1].
        chosen: the digit of each image, an index of ``digits``, shape (N,).
        rng: where the places are drawn from.

    Returns:
        The images, shape (N, 40, 40, 1), float32, and the digits' boxes, shape (N, 4), int64.

    Example:
        >>> images, boxes = scatter(mnist().x_train, np.arange(10), np.random.default_rng(0))
        >>> images.shape, boxes.shape
        ((10, 40, 40, 1), (10, 4))
    """
    plain, num_images = digits[..., 0], len(chosen)
    around, side = boxes_of(plain), plain.shape[1]
    others = (chosen[:, np.newaxis] + rng.integers(1, len(plain), (num_images, NUM_DISTRACTORS))) % len(plain)
    images = np.zeros((num_images, SIZE, SIZE), np.float32)
    each = np.arange(num_images)[:, np.newaxis, np.newaxis]
    # A border of half a distractor, so that one can be cut around any pixel; its first row is then the pixel's own.
    padded = np.pad(plain, ((0, 0), *2 * [(DISTRACTOR_SIZE // 2, DISTRACTOR_SIZE // 2)]))
    for other in others.T:
        center = around[other, :2] + (rng.random((num_images, 2)) * around[other, 2:]).astype(int)
        scrap = padded[other[:, np.newaxis, np.newaxis], *_square(center, DISTRACTOR_SIZE)]
        place = rng.integers(0, SIZE - DISTRACTOR_SIZE + 1, (num_images, 2))
        images[each, *_square(place, DISTRACTOR_SIZE)] += scrap
    place = rng.integers(0, SIZE - side + 1, (num_images, 2))
    images[each, *_square(place, side)] += plain[chosen]
    boxes = around[chosen]
    boxes[:, :2] += place
    return np.clip(images, 0, 1)[..., np.newaxis], boxes


def boxes_of(images: np.ndarray) -> np.ndarray:
    """Finds the smallest box around the pixels of each image that are not 0.

    Args:
        images: shape (N, H, W); none is black all over.

    Returns:
        Top row, left column, height and width, in pixels, shape (N, 4), int64.

    Example:
        >>> boxes_of(np.eye(6)[np.newaxis, :, :4]).tolist()
        [[0, 0, 4, 4]]
    """
    rows, columns = (images != 0).any(axis=2), (images != 0).any(axis=1)
    first = [np.argmax(lines, axis=1) for lines in (rows, columns)]
    last = [lines.shape[1] - 1 - np.argmax(lines[:, ::-1], axis=1) for lines in (rows, columns)]
    sizes = [end - start + 1 for start, end in zip(first, last, strict=True)]
    return np.stack([*first, *sizes], axis=1).astype(np.int64)


def _square(corner: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of rows, (N, side, 1), and columns, (N, 1, side), of a square for each image; corner: (N, 2)."""
    along = corner[..., np.newaxis] + np.arange(side)
    return along[:, 0, :, np.newaxis], along[:, 1, np.newaxis, :]
