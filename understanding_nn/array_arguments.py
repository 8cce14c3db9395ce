"""Checks at the door of what works on results: maps to enlarge, relevances to judge, whole numbers."""

from typing import Any

import numpy as np

from understanding_nn.errors import ArgumentError


def check_array(name: str, value: Any, *meanings: str) -> np.ndarray:
    """Checks that an argument is an array of finite numbers, and returns it in the form that is computed with.

    Args:
        name: of the argument, for messages.
        value: what came; an array, a tensor or nested lists.
        meanings: the axes that it may have, such as "(N, H, W, C)"; none, and at least one axis is wanted.

    Returns:
        The array, float32; the caller's own one where that is float32 already.

    Raises:
        ArgumentError: not numbers, another number of axes, nothing in it, or a value that is NaN or infinite.

    Example:
        >>> check_array("maps", [[[1, 2]]], "(N, h, w)").dtype.name
        'float32'
    """
    wanted = " or ".join(meanings) or "(N, ...)"
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise ArgumentError(f"{name} is a {type(value).__name__}, not an array; expected shape {wanted}.") from error
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"{name} is a {type(value).__name__}; expected an array of numbers, shape {wanted}.")
    ranks = {meaning.count(",") + 1 for meaning in meanings}
    if array.size == 0 or array.ndim == 0 or (ranks and array.ndim not in ranks):
        raise ArgumentError(f"{name} has shape {array.shape}; expected {wanted}, none of them 0.")
    array = array.astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} has values that are NaN or infinite; expected finite numbers.")
    return array


def check_whole(name: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """Checks that an argument is a whole number within bounds.

    Args:
        name: of the argument, for messages.
        value: what came.
        least: the smallest that is allowed; None for no bound.
        most: the largest that is allowed; None for no bound.

    Returns:
        The number.

    Raises:
        ArgumentError: not a whole number, or out of the bounds.

    Example:
        >>> check_whole("patch_size", np.int64(4), 1)
        4
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or (least is not None and value < least) or (most is not None and value > most):
        bounds = f" from {least}" * (least is not None) + f" to {most}" * (most is not None)
        raise ArgumentError(f"{name} is {value!r}; expected a whole number{bounds}.")
    return int(value)
