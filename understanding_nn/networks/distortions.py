"""Small distortions of images, so that few training images teach as much as many."""

import numpy as np


def distort(
    images: np.ndarray, rng: np.random.Generator, *, max_shift: float = 2.0, max_rotation_degrees: float = 12.0
) -> np.ndarray:
    """Rotates each image about its centre and shifts it, by amounts drawn uniformly.

    A pixel of the result is interpolated bilinearly between the four pixels around the place that it comes from;
    outside the image everything is 0.

    Args:
        images: shape (N, H, W, C), float32.
        rng: where the amounts are drawn from.
        max_shift: the largest shift along each axis, in pixels.
        max_rotation_degrees: the largest angle, either way.

    Returns:
        The distorted images, shape of ``images``, float32.

    Example:
        >>> images = np.ones((2, 28, 28, 1), np.float32)
        >>> distort(images, np.random.default_rng(0)).shape
        (2, 28, 28, 1)
    """
    num_images, height, width, _ = images.shape
    angle = np.deg2rad(rng.uniform(-max_rotation_degrees, max_rotation_degrees, (num_images, 1, 1)))
    shift_y, shift_x = rng.uniform(-max_shift, max_shift, (2, num_images, 1, 1))
    centre_y, centre_x = (height - 1) / 2, (width - 1) / 2
    y, x = np.mgrid[:height, :width] - np.reshape([centre_y, centre_x], (2, 1, 1))
    from_y = np.cos(angle) * y - np.sin(angle) * x + centre_y + shift_y
    from_x = np.sin(angle) * y + np.cos(angle) * x + centre_x + shift_x
    return _interpolate(images, from_y, from_x)


def _interpolate(images: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The images' values at real-valued places (N, H, W), bilinear between pixels, 0 outside."""
    _, height, width, _ = images.shape
    # A border of zeros, on which all places further out are put; one line more for the neighbors of the last place.
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2), (0, 0)))
    y, x = np.clip(y + 1, 0, height + 1), np.clip(x + 1, 0, width + 1)
    top, left = y.astype(int), x.astype(int)
    below, right = (y - top)[..., np.newaxis], (x - left)[..., np.newaxis]
    each = np.arange(len(images))[:, np.newaxis, np.newaxis]
    upper = padded[each, top, left] * (1 - right) + padded[each, top, left + 1] * right
    lower = padded[each, top + 1, left] * (1 - right) + padded[each, top + 1, left + 1] * right
    values: np.ndarray = upper * (1 - below) + lower * below
    return values.astype(np.float32)
