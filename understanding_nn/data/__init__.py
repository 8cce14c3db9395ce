"""The digits of the course: 5,000 handwritten digits come with the package, 70,000 on request."""

from functools import cache, cached_property
from pathlib import Path

import numpy as np

from understanding_nn.errors import DataError
from understanding_nn.files import REINSTALL, read_arrays

PACKAGED = Path(__file__).parent / "mnist_5000.npz"
_NUM_TRAIN = 4500


class Digits:
    """Images of handwritten digits with their labels, split into training and test.

    Each part is made of the stored bytes when it is first asked for: to look at a few images, nobody waits for
    thousands.

    Args:
        train: pixels, shape (N, 28, 28), uint8, and labels, shape (N,), of the images to train with.
        test: the same of the held-out images.

    Example:
        >>> digits = mnist()
        >>> digits.x_train.shape, digits.x_test.shape
        ((4500, 28, 28, 1), (500, 28, 28, 1))
    """

    def __init__(self, train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> None:
        self._train, self._test = train, test

    @cached_property
    def x_train(self) -> np.ndarray:
        """Images to train with, shape (N, 28, 28, 1), float32 in [0, 1]; 0 is the black background."""
        return _as_images(self._train[0])

    @cached_property
    def y_train(self) -> np.ndarray:
        """Their digits, shape (N,), int64, 0 to 9."""
        return self._train[1].astype(np.int64)

    @cached_property
    def x_test(self) -> np.ndarray:
        """Held-out images, as ``x_train``."""
        return _as_images(self._test[0])

    @cached_property
    def y_test(self) -> np.ndarray:
        """Their digits, as ``y_train``."""
        return self._test[1].astype(np.int64)


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
    return Digits((images[:_NUM_TRAIN], labels[:_NUM_TRAIN]), (images[_NUM_TRAIN:], labels[_NUM_TRAIN:]))


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
        train, test = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception where the download fails
        raise DataError(
            f"the 70,000 digits cannot be had ({error}). They are downloaded once and then kept in ~/.keras/datasets: "
            "check the connection, or use the 5,000 packaged digits, mnist(), which need none."
        ) from error
    return Digits(train, test)
