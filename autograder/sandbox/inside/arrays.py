"""Arrays as bytes and back: one safetensors body for all arrays of a frame. Used on both sides of the wall."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

DTYPES = {
    "BOOL": "|b1",
    "U8": "|u1",
    "U16": "<u2",
    "U32": "<u4",
    "U64": "<u8",
    "I8": "|i1",
    "I16": "<i2",
    "I32": "<i4",
    "I64": "<i8",
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
}
_NATIVE = frozenset(np.dtype(text).newbyteorder("=") for text in DTYPES.values())
_TABLE_BYTES = 64 * 1024  # safetensors' own header: names, dtypes and shapes of the arrays


class ValueRefused(Exception):  # noqa: N818 - what a learner's function returned, a result rather than an error of ours
    """A value that may not cross. The message completes the sentence "your function ..."."""


class MalformedError(Exception):
    """A tree or a body that `encode` does not make: the sender does not keep to the protocol."""


@dataclass(frozen=True)
class ValueLimits:
    """Caps on what crosses in one frame.

    Args:
        array_bytes: one array.
        body_bytes: all arrays of a frame, with their table.
        items: values in a frame, those inside tuples counted too.
        networks: networks in a frame; the receiver builds each.
        depth: tuples within tuples.
        text_characters: one string.
    """

    array_bytes: int = 64 << 20
    body_bytes: int = 128 << 20
    items: int = 256
    networks: int = 4
    depth: int = 5
    text_characters: int = 200


def plain(array: NDArray[Any], limits: ValueLimits) -> NDArray[Any]:
    """Return a C-ordered little-endian array of the base class.

    Raises:
        ValueRefused: a dtype that is not in `DTYPES`, or too large.

    Example:
        >>> plain(np.ones((2, 2), order="F"), ValueLimits()).flags.c_contiguous
        True
    """
    if array.dtype.newbyteorder("=") not in _NATIVE:
        raise ValueRefused(f"returned an array of dtype {array.dtype}; return numbers, for example float32")
    if array.nbytes > limits.array_bytes:
        raise ValueRefused(f"returned an array that is too large; at most {limits.array_bytes} bytes may cross")
    # np.ascontiguousarray would turn a number of shape () into an array of shape (1,)
    return np.array(array, dtype=array.dtype.newbyteorder("<"), order="C", copy=None, subok=False)


def packed(arrays: list[NDArray[Any]], limits: ValueLimits) -> bytes:
    """Return the safetensors body of these arrays, which `plain` made.

    Raises:
        ValueRefused: it is too long.
    """
    length = sum(array.nbytes for array in arrays) + _TABLE_BYTES
    if length > limits.body_bytes:
        raise ValueRefused(f"returned arrays that are too large together; at most {limits.body_bytes} bytes may cross")
    body: bytes = safetensors.numpy.save({str(number): array for number, array in enumerate(arrays)})
    return body


def as_array(value: Any) -> NDArray[Any]:
    """Return an array, a NumPy number or a tensor as an array of the base class.

    Runs the value's own code where it has any, so it is meant for the side that the value belongs to.

    Raises:
        ValueRefused: it is nothing of these, or a tensor without values.
    """
    if isinstance(value, np.ndarray | np.generic):
        return np.array(value, copy=None, subok=False)
    tensorflow, keras = sys.modules.get("tensorflow"), sys.modules.get("keras")
    try:
        if tensorflow is not None and (tensorflow.is_tensor(value) or isinstance(value, tensorflow.IndexedSlices)):
            return np.asarray(tensorflow.convert_to_tensor(value))
        if keras is not None and isinstance(value, keras.Variable | keras.KerasTensor):
            return np.asarray(value)
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        raise ValueRefused("returned a symbolic tensor, which has no values; return an eager tensor or array") from None
    name = type(value).__name__
    article = "an" if name[:1].lower() in "aeiou" else "a"
    raise ValueRefused(f"returned {article} {name[:60]}; return a NumPy array")


def unpacked(body: bytes, limits: ValueLimits) -> list[NDArray[Any]]:
    """Return the arrays of a body that `packed` should have made, each a writable copy.

    Raises:
        MalformedError: no safetensors, a dtype that is not in `DTYPES`, or too large.

    Example:
        >>> unpacked(packed([np.ones(2)], ValueLimits()), ValueLimits())
        [array([1., 1.])]
    """
    if len(body) > limits.body_bytes or int.from_bytes(body[:8], "little") > _TABLE_BYTES:
        raise MalformedError("a body that is too long")
    try:
        entries = dict(safetensors.deserialize(body))  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise MalformedError(f"a body that is no safetensors: {error}") from None
    if set(entries) != {str(number) for number in range(len(entries))}:
        raise MalformedError("arrays of unknown names")
    return [_read_array(entries[str(number)], limits) for number in range(len(entries))]


def _read_array(entry: dict[str, Any], limits: ValueLimits) -> NDArray[Any]:
    dtype, shape, data = DTYPES.get(entry["dtype"]), entry["shape"], entry["data"]
    if dtype is None:
        raise MalformedError(f"an array of dtype {entry['dtype']}")
    if len(data) > limits.array_bytes or len(shape) > 32:
        raise MalformedError("an array that is too large")
    array: NDArray[Any]
    try:
        if dtype == "|b1":  # a byte above 1 would be a boolean that is neither true nor false
            array = np.frombuffer(data, dtype=np.uint8).astype(bool).reshape(shape)
        else:
            array = np.frombuffer(data, dtype=dtype).reshape(shape).astype(np.dtype(dtype).newbyteorder("="))
    except (ValueError, OverflowError):  # beside a size of 0, the others may be larger than any array's
        raise MalformedError("sizes that no array has") from None
    return array
