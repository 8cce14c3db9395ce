"""Comparing a value from a submission with the reference: form first, each fault in its own words, then the numbers.

Numbers are compared relative to the largest magnitude of the reference, image by image, so that a dim image counts as
much as a bright one and any sensible order of float32 operations passes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_TOLD_LENGTHS = 10
"""From here on a count is not told: a submission that chooses it could put a hidden input into it."""


_any_numbers = np.errstate(over="ignore", invalid="ignore")
"""A submission's numbers may overflow, or be no numbers at all: that is its failure, not a warning of ours."""


@_any_numbers
def complaint(value: Any, expected: Any, tolerance: float) -> str | None:
    """What is wrong with `value`, in words for the learner; None if nothing is.

    Args:
        value: what the submission returned, already a plain value.
        expected: what the reference returned: an array, a number, or a tuple of these.
        tolerance: largest allowed error, as a fraction of the largest magnitude of each image of the reference.

    Example:
        >>> complaint(np.zeros((4, 2)), np.ones((2, 4)), 1e-4)
        'returned shape (4, 2); expected shape (2, 4)'
    """
    if isinstance(expected, tuple):
        return _tuple_complaint(value, expected, tolerance)
    if value is None:
        return "returned None; does the function end with `return`?"
    form = _form_complaint(value, np.asarray(expected))
    if form:
        return form
    if misses(value, expected) > tolerance:
        return "returned the right shape, but wrong values"
    return None


@_any_numbers
def misses(value: Any, expected: Any) -> float:
    """The largest error of `value`, as a fraction of the largest magnitude of its image of the reference.

    Infinite when the two cannot be compared: another shape, another length, or a value that is not finite.
    """
    if isinstance(expected, tuple):
        if not isinstance(value, tuple) or len(value) != len(expected):
            return np.inf
        return max(misses(v, e) for v, e in zip(value, expected, strict=True))
    got, wanted = _numbers(value), np.asarray(expected, dtype=np.float64)
    if got is None or got.shape != wanted.shape or not np.isfinite(got).all():
        return np.inf
    if wanted.size == 0:
        return 0.0
    rows = (len(wanted), -1) if wanted.ndim > 1 else (1, -1)
    error = np.abs(got - wanted).reshape(rows).max(axis=1)
    scale = np.abs(wanted).reshape(rows).max(axis=1)
    scale = np.where(scale > 0, scale, max(scale.max(), np.finfo(np.float32).tiny))
    return float((error / scale).max())


def _tuple_complaint(value: Any, expected: tuple[Any, ...], tolerance: float) -> str | None:
    if not isinstance(value, tuple) or len(value) != len(expected):
        count = len(value) if isinstance(value, tuple) else 1
        got = "one value" if count == 1 else f"{count} values" if count < _TOLD_LENGTHS else "many values"
        return f"returned {got}; expected a tuple of {len(expected)}"
    for position, (v, e) in enumerate(zip(value, expected, strict=True)):
        found = complaint(v, e, tolerance)
        if found:
            return f"item {position} of the result: {found}"
    return None


def _form_complaint(value: Any, expected: np.ndarray) -> str | None:
    got = _numbers(value)
    if got is None:
        kind = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
        return f"returned {kind}; expected {'an array of' if expected.ndim else 'a'} floating-point numbers"
    if got.shape != expected.shape:
        return f"returned {_shape_in_words(got.shape, expected.shape)}; expected shape {expected.shape}"
    if np.isnan(got).any():
        return "returned NaN (not a number) in some places; look for a division by zero"
    if not np.isfinite(got).all():
        return "returned infinite values in some places; look for an overflow or a division by zero"
    return None


def _shape_in_words(shape: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """The shape, if it is made of the expected sizes: a shape of any sizes could carry a hidden input back."""
    if len(shape) <= len(expected) + 1 and {0, 1, *expected}.issuperset(shape):
        return f"shape {shape}"
    if len(shape) == len(expected):
        return f"another shape of {len(shape)} dimensions"
    return f"an array of {len(shape)} dimensions" if len(shape) < _TOLD_LENGTHS else "an array of many dimensions"


def _numbers(value: Any) -> np.ndarray | None:
    """`value` as float64 numbers, None if it is not of a floating-point kind."""
    if isinstance(value, bool) or not isinstance(value, np.ndarray | float):
        return None
    array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.kind == "f" else None
