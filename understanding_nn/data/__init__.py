"""The digits of the course: 5,000 handwritten digits come with the package, 70,000 on request."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from understanding_nn.errors import DataError
from understanding_nn.files import REINSTALL, read_arrays

PACKAGED = Path(__file__).parent / "mnist_5000.npz"
_NUM_TRAIN = 4500


@dataclass(frozen=True, eq=False)
class Digits:
    """Images of handwritten digits with their labels, split into training and test.

    Args:
        x_train: images to train with, shape (N, 28, 28, 1), float32 in [0, 1]; 0 is the black background.
        y_train: their digits, shape (N,), int64, 0 to 9.
        x_test: held-out images, as ``x_train``.
        y_test: their digits, as ``y_train``.

    Example:
        >>> digits = mnist()
        >>> digits.x_train.shape, digits.x_test.shape
        ((4500, 28, 28, 1), (500, 28, 28, 1))
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def mnist(full: bool = False) -> Digits:
    """Reads the MNIST handwritten digits (LeCun, Cortes & Burges 1998).

    Without ``full`` these are the 5,000 digits, 500 of each class, that come with the package: no download. The split
    never changes: 4,500 to train, 500 to test, every class in equal number. Both parts go round the digits, 0 to 9, so
    ``x_test[:10]`` holds one of each.

    Args:
        full: take all 70,000 images, 60,000 of them to train, in the order of their authors; downloaded once (11 MB)
            and kept by Keras.

    Returns:
        The digits, in arrays of your own: change them as you like.

    Raises:
        DataError: the download failed, or the packaged file is missing or damaged.

    Example:
        >>> mnist().y_test[:10].tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    if full:
        return _download()
    images, labels = _read(PACKAGED)
    return Digits(
        x_train=_as_images(images[:_NUM_TRAIN]),
        y_train=labels[:_NUM_TRAIN].astype(np.int64),
        x_test=_as_images(images[_NUM_TRAIN:]),
        y_test=labels[_NUM_TRAIN:].astype(np.int64),
    )


@cache
def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The packaged images and labels, read once; `mnist` makes new arrays of them."""
    arrays = read_arrays(path, REINSTALL)
    return arrays["images"], arrays["labels"]


def _as_images(pixels: np.ndarray) -> np.ndarray:
    images: np.ndarray = np.divide(pixels[..., np.newaxis], np.float32(255), dtype=np.float32)
    return images


def _download() -> Digits:
    import keras  # not at the top: the packaged digits need no TensorFlow

    try:
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception where the download fails
        raise DataError(
            f"the 70,000 digits cannot be had ({error}). They are downloaded once and then kept in ~/.keras/datasets: "
            "check the connection, or use the 5,000 packaged digits, mnist(), which need none."
        ) from error
    return Digits(_as_images(x_train), y_train.astype(np.int64), _as_images(x_test), y_test.astype(np.int64))
