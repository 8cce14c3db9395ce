import numpy as np
import pytest
import tensorflow as tf

from understanding_nn.array_arguments import check_array, check_whole
from understanding_nn.errors import ArgumentError


@pytest.mark.parametrize("value", [[[1, 2]], np.ones((1, 2)), tf.ones((1, 2)), np.ones((1, 2), bool)], ids=type)
def test_numbers_of_any_kind_become_float32(value):
    array = check_array("maps", value, "(N, h)")
    assert type(array) is np.ndarray
    assert (array.dtype, array.shape) == (np.float32, (1, 2))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ones(3), r"shape \(3,\); expected \(N, h\) or \(N, h, w\)"),
        (np.ones((0, 2)), r"shape \(0, 2\)"),
        ([[1.0], [1.0, 2.0]], "not an array"),
        ([["a"]], "array of numbers"),
        ([[np.nan, 1]], "NaN or infinite"),
    ],
    ids=["axes", "empty", "ragged", "text", "nan"],
)
def test_anything_else_is_refused(value, message):
    with pytest.raises(ArgumentError, match=f"^maps .*{message}"):
        check_array("maps", value, "(N, h)", "(N, h, w)")


def test_any_number_of_axes_is_at_least_one():
    assert check_array("images", [1, 2]).shape == (2,)
    with pytest.raises(ArgumentError, match=r"images has shape \(\)"):
        check_array("images", 3)


def test_whole_numbers():
    assert check_whole("dx", np.int8(-3)) == -3
    assert check_whole("steps", 3, 1, 3) == 3
    for value in (0, 4, 2.0, True, "2", None):
        with pytest.raises(ArgumentError, match=r"steps is .*; expected a whole number from 1 to 3\."):
            check_whole("steps", value, 1, 3)
