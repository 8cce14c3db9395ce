"""Digits in small numbers."""

import numpy as np
import pytest

from understanding_nn import data


@pytest.fixture(scope="session")
def first_digits():
    """Makes the first so many digits to train and to test with."""
    whole = data.mnist()

    def pixels(images):
        return np.rint(255 * images[..., 0]).astype(np.uint8)

    def first(train, test):
        return data.Digits(
            (pixels(whole.x_train[:train]), whole.y_train[:train]), (pixels(whole.x_test[:test]), whole.y_test[:test])
        )

    return first
