"""Explanation continuity: do nearly equal images get nearly equal explanations?"""

import numpy as np

from understanding_nn.array_arguments import check_array, check_whole
from understanding_nn.errors import ArgumentError


def translate(images: np.ndarray, dx: int, dy: int) -> np.ndarray:
    """Shifts images by whole pixels, dx to the right and dy down; what comes in at the edge is 0.

    x'(i, j) = x(i - dy, j - dx), and 0 where that is outside of the image: the translations of Montavon, Samek & Müller
    2018, section 7.1.

    Args:
        images: shape (N, H, W, C), or (N, H, W), float32.
        dx: pixels to the right; negative to the left. As far as the width or farther leaves nothing.
        dy: pixels down; negative up.

    Returns:
        The shifted images, a new array of the same shape, float32.

    Raises:
        ArgumentError: not numbers of such a shape, NaN or infinity, or a shift that is no whole number.

    Example:
        >>> translate(np.array([[[1.0, 2.0], [3.0, 4.0]]]), dx=1, dy=0).tolist()
        [[[0.0, 1.0], [0.0, 3.0]]]
    """
    images = check_array("images", images, "(N, H, W, C)", "(N, H, W)")
    dx, dy = check_whole("dx", dx), check_whole("dy", dy)
    height, width = images.shape[1:3]
    shifted = np.zeros_like(images)
    if abs(dx) < width and abs(dy) < height:
        to_rows, to_columns = slice(max(dy, 0), height + min(dy, 0)), slice(max(dx, 0), width + min(dx, 0))
        rows, columns = slice(max(-dy, 0), height - max(dy, 0)), slice(max(-dx, 0), width - max(dx, 0))
        shifted[:, to_rows, to_columns] = images[:, rows, columns]
    return shifted


def explanation_continuity(images: np.ndarray, relevances: np.ndarray) -> float:
    """Computes how much explanations differ at most, relative to how much their images differ.

    max over x ≠ x' of ‖R(x) - R(x')‖₁ / ‖x - x'‖₂: Montavon, Samek & Müller 2018, section 7.1. The maximum is over all
    pairs of the images given, such as an image and its translations. Small is continuous.

    Differs from the source: the paper says that pairs of inputs are close to each other; here every pair counts, and
    ``images`` says which there are. Pairs of equal images are left out.

    Args:
        images: shape (M, ...), float32; at least two of them differ.
        relevances: their explanations, shape (M, ...), float32. Explanations in different units cannot be compared:
            scale them first.

    Returns:
        The largest ratio, in the unit of ``relevances`` per unit of pixel value.

    Raises:
        ArgumentError: not numbers, NaN or infinity, not one explanation an image, or no two images that differ.

    Example:
        >>> explanation_continuity(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [0.0, -1.0]]))
        0.4
    """
    images, relevances = check_array("images", images), check_array("relevances", relevances)
    if len(images) != len(relevances):
        raise ArgumentError(f"there are {len(images)} images and {len(relevances)} relevances; expected one for each.")
    x, R = (array.reshape(len(array), -1).astype(np.float64) for array in (images, relevances))
    largest = -np.inf
    for i in range(1, len(x)):  # each image with those before it: never more than M differences in memory
        distance = np.linalg.norm(x[:i] - x[i], axis=1)
        change = np.abs(R[:i] - R[i]).sum(axis=1)
        differ = distance > 0
        largest = max(largest, np.max(change[differ] / distance[differ], initial=-np.inf))
    if largest < 0:
        raise ArgumentError(f"no two of the {len(x)} images differ; expected at least two that do.")
    return float(largest)
