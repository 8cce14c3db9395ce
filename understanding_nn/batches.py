"""Many passes through a network for each image, in batches of bounded memory."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from understanding_nn.array_arguments import check_array, check_whole
from understanding_nn.errors import ArgumentError


def blocks(num_images: int, num_passes: int, batch_size: int) -> Iterator[tuple[slice, slice]]:
    """Divides the passes of all images into blocks: some images, with some of their passes each.

    A method that averages over 50 points for each image needs 50 passes an image: one by one they are slow, all at
    once they may not fit into memory. A block is small enough to be computed at once.

    Args:
        num_images: N.
        num_passes: passes of each image, 1 or more.
        batch_size: passes in a block at most, 1 or more.

    Returns:
        An iterator over pairs of slices, of the images and of the passes; the pairs cover each pass of each image once.

    Raises:
        ArgumentError: ``batch_size`` is not a positive integer.

    Example:
        >>> [(images.stop - images.start, passes.stop - passes.start) for images, passes in blocks(5, 50, 128)]
        [(2, 50), (2, 50), (1, 50)]
    """
    passes_at_once = min(num_passes, check_whole("batch_size", batch_size, 1))
    images_at_once = batch_size // passes_at_once
    return (
        (slice(image, min(image + images_at_once, num_images)), slice(start, min(start + passes_at_once, num_passes)))
        for image in range(0, num_images, images_at_once)
        for start in range(0, num_passes, passes_at_once)
    )


def explain_copies(
    method: Callable[..., np.ndarray], model: keras.Model, copies: np.ndarray, target: np.ndarray, **options: Any
) -> np.ndarray:
    """Applies a method to several versions of each image, in one call.

    Args:
        method: a function of (model, x, target) and options that gives an array shaped like x.
        model: what it explains.
        copies: the versions, shape (num_copies, N, H, W, C), or (num_copies, N, D).
        target: integers of shape (N,), the same for all versions of an image.
        **options: of the method.

    Returns:
        What the method gives, shape of ``copies``.

    Example:
        >>> def twice(model, x, target):
        ...     return 2 * x
        >>> explain_copies(twice, None, np.ones((50, 3, 28, 28, 1)), np.array([7, 8, 9])).shape
        (50, 3, 28, 28, 1)
    """
    stacked = copies.reshape(-1, *copies.shape[2:])
    return method(model, stacked, np.tile(target, len(copies)), **options).reshape(copies.shape)


def check_noise(noise: Any, x: np.ndarray) -> np.ndarray:
    """Checks noise that is to be added to images, several times each.

    Args:
        noise: shape (num_samples, N, H, W, C).
        x: the images, shape (N, H, W, C), or (N, D).

    Returns:
        The noise, float32.

    Raises:
        ArgumentError: not numbers, another shape, no sample, or a value that is NaN or infinite.

    Example:
        >>> check_noise(np.zeros((50, 2, 28, 28, 1)), np.zeros((2, 28, 28, 1))).dtype
        dtype('float32')
    """
    array = check_array("noise", noise)
    if array.shape[1:] != x.shape:
        raise ArgumentError(
            f"noise has shape {array.shape}; expected (num_samples, {', '.join(map(str, x.shape))}): for each sample, "
            "noise for each image."
        )
    return array
