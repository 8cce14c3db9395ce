"""Comparison: form first, each fault with its own words; then numbers, image by image."""

import numpy as np
import pytest

from autograder.grading.comparison import complaint, misses

EXPECTED = np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)
TOLERANCE = 1e-4


@pytest.mark.parametrize("dialect", [np.float32, np.float64])
def test_either_precision_passes(dialect: type) -> None:
    assert complaint(EXPECTED.astype(dialect), EXPECTED, TOLERANCE) is None


def test_rounding_passes() -> None:
    assert complaint(EXPECTED * (1 + 1e-6), EXPECTED, TOLERANCE) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        ("text", "a str"),
        (True, "a bool"),
        ((EXPECTED,), "a tuple"),
        (EXPECTED.astype(int), "array of int64"),
        (EXPECTED.astype(complex), "array of complex128"),
        (EXPECTED > 0, "array of bool"),
        (EXPECTED[0], r"shape \(3, 4\); expected shape \(2, 3, 4\)"),
        (EXPECTED[:0], r"shape \(0, 3, 4\)"),
        (EXPECTED[..., None], r"shape \(2, 3, 4, 1\)"),
        (1.0, r"shape \(\)"),
        (np.where(EXPECTED > 0.9, np.nan, EXPECTED), "NaN"),
        (np.where(EXPECTED > 0.9, np.inf, EXPECTED), "infinite"),
        (EXPECTED + 0.01, "wrong values"),
    ],
)
def test_each_fault_has_its_words(value: object, words: str) -> None:
    import re

    found = complaint(value, EXPECTED, TOLERANCE)
    assert found is not None
    assert re.search(words, found), found


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2, 12), "another shape of 2 dimensions|an array of 2 dimensions"),
        ((2, 3, 1701), "another shape of 3 dimensions"),
        ((0, 1701, 1702, 1703, 1704), "an array of 5 dimensions"),
        ((1,) * 20, "an array of many dimensions"),
    ],
)
def test_sizes_that_the_submission_chose_are_not_told(shape: tuple[int, ...], words: str) -> None:
    import re

    found = str(complaint(np.zeros(shape), EXPECTED, TOLERANCE))
    assert re.search(words, found), found
    assert "170" not in found


def test_numbers_that_overflow_are_wrong_and_no_error_of_ours() -> None:
    for number in (-np.finfo(np.float64).max, np.finfo(np.float64).max):
        assert complaint(np.full(EXPECTED.shape, number), EXPECTED, TOLERANCE) == (
            "returned the right shape, but wrong values"
        )
    signaling = np.full(EXPECTED.shape, 0x7F800001, np.uint32).view(np.float32)
    assert "NaN" in str(complaint(signaling, EXPECTED, TOLERANCE))


def test_a_dim_image_counts_as_much_as_a_bright_one() -> None:
    expected = np.stack([np.full(5, 1e-6), np.full(5, 1e3)])
    value = expected.copy()
    value[0] *= 1.01
    assert misses(value, expected) == pytest.approx(0.01)


def test_an_all_zero_reference_does_not_forgive() -> None:
    assert misses(np.full((2, 3), 1e-3), np.zeros((2, 3))) > 1


def test_a_zero_image_is_measured_by_the_others() -> None:
    expected = np.array([[0.0, 0.0], [1.0, 2.0]])
    off = np.array([[1.0, 0.0], [0.0, 0.0]])
    assert misses(expected + 1e-9 * off, expected) < TOLERANCE
    assert misses(expected + 1e-2 * off, expected) > TOLERANCE


def test_tuples_are_compared_item_by_item() -> None:
    good = (EXPECTED, 1.0)
    assert complaint(good, good, TOLERANCE) is None
    assert "item 1" in str(complaint((EXPECTED, 2.0), good, TOLERANCE))
    assert "tuple of 2" in str(complaint(EXPECTED, good, TOLERANCE))
    assert "3 values" in str(complaint((*good, 1.0), good, TOLERANCE))


def test_messages_hold_no_number_of_the_reference() -> None:
    found = str(complaint(EXPECTED * 2, EXPECTED, TOLERANCE))
    assert not any(character.isdigit() for character in found)
