"""The shapes that layers make, computed before anything is allocated. Parameters are checked on the way."""

from math import prod
from typing import Any

from understanding_nn.errors import ArgumentError

Shape = tuple[int, ...]

_MAX_SIZE = 2**16  # of an axis, of a number of units or filters
_MAX_WINDOW = 64  # of a kernel's or a pooling window's side, of a stride: 'same' pads by as much


def check_shape(shape: Any) -> Shape:
    """Checks the shape of a network's input.

    Args:
        shape: (H, W, C) or (D,), a list or a tuple.

    Returns:
        The shape as a tuple.

    Raises:
        ArgumentError: not one or three whole numbers in the bounds.

    Example:
        >>> check_shape([28, 28, 1])
        (28, 28, 1)
    """
    return _shape(shape, "the input")


def shape_after(layer: dict[str, Any], shape: Shape) -> Shape:
    """Computes the shape of one image behind a layer.

    Args:
        layer: a layer in the form of ``build``, complete.
        shape: the shape in front of it, without the batch axis.

    Returns:
        The shape behind it, without the batch axis.

    Raises:
        ArgumentError: a parameter is out of its bounds, or the layer cannot follow this shape.

    Example:
        >>> pool = {"type": "MaxPooling2D", "name": "pool1", "pool_size": 2, "strides": 2, "padding": "valid"}
        >>> shape_after(pool, (24, 24, 16))
        (12, 12, 16)
    """
    kind, name = layer["type"], layer["name"]
    if kind == "Dense":
        _expect_rank(layer, shape, 1)
        return (_size(layer["units"], f"units of '{name}'"),)
    if kind == "Conv2D":
        filters = _size(layer["filters"], f"filters of '{name}'")
        return (*_window(layer, layer["kernel_size"], layer["strides"], shape), filters)
    if kind in ("MaxPooling2D", "AveragePooling2D"):
        return (*_window(layer, layer["pool_size"], layer["strides"], shape), shape[2])
    if kind == "GlobalAveragePooling2D":
        _expect_rank(layer, shape, 3)
        return (shape[2],)
    if kind == "UpSampling2D":
        _expect_rank(layer, shape, 3)
        times = _pair(layer["size"], "size", layer)
        return (shape[0] * times[0], shape[1] * times[1], shape[2])
    if kind == "Flatten":
        return (prod(shape),)
    if kind == "Reshape":
        after = _shape(layer["target_shape"], f"what '{name}' makes")
        if prod(after) != prod(shape):
            raise ArgumentError(f"'{name}' makes shape {after} of {shape}; expected one of {prod(shape)} values.")
        return after
    if kind == "Dropout":
        rate = layer["rate"]
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < 1:
            raise ArgumentError(f"rate of '{name}' is {_short(rate)}; expected a number from 0 to below 1.")
    return shape


def weight_shapes(layer: dict[str, Any], shape: Shape) -> list[Shape]:
    """Computes the shapes of a layer's weights: kernel, and bias if there is one.

    Args:
        layer: a layer in the form of ``build``, complete.
        shape: the shape in front of it, without the batch axis.

    Returns:
        The shapes; an empty list for a layer without weights.

    Raises:
        ArgumentError: as ``shape_after``.

    Example:
        >>> weight_shapes({"type": "Dense", "name": "logits", "units": 10, "use_bias": True}, (100,))
        [(100, 10), (10,)]
    """
    if layer["type"] not in ("Dense", "Conv2D"):
        return []
    if not isinstance(layer["use_bias"], bool):
        raise ArgumentError(f"use_bias of '{layer['name']}' is {_short(layer['use_bias'])}; expected true or false.")
    after = shape_after(layer, shape)
    kernel = _pair(layer["kernel_size"], "kernel_size", layer) if layer["type"] == "Conv2D" else ()
    return [(*kernel, shape[-1], after[-1]), *([(after[-1],)] if layer["use_bias"] else [])]


def _window(layer: dict[str, Any], window: Any, strides: Any, shape: Shape) -> Shape:
    """Height and width behind a sliding window."""
    _expect_rank(layer, shape, 3)
    sizes, steps = _pair(window, "window", layer), _pair(strides, "strides", layer)
    if layer["padding"] == "same":
        return tuple(-(-n // step) for n, step in zip(shape[:2], steps, strict=True))
    if layer["padding"] != "valid":
        raise ArgumentError(f"padding of '{layer['name']}' is {_short(layer['padding'])}; expected 'same' or 'valid'.")
    if any(size > n for size, n in zip(sizes, shape[:2], strict=True)):
        raise ArgumentError(f"the window {sizes} of '{layer['name']}' is larger than its input, {shape[:2]}.")
    return tuple((n - size) // step + 1 for n, size, step in zip(shape[:2], sizes, steps, strict=True))


def _shape(value: Any, what: str) -> Shape:
    if not isinstance(value, list | tuple) or len(value) not in (1, 3):
        raise ArgumentError(f"{what} has shape {_short(value)}; expected [H, W, C] or [D].")
    return tuple(_size(size, f"the shape of {what}") for size in value)


def _pair(value: Any, what: str, layer: dict[str, Any]) -> Shape:
    pair = value if isinstance(value, list | tuple) else (value, value)
    if len(pair) != 2:
        raise ArgumentError(f"{what} of '{layer['name']}' is {_short(value)}; expected a number or two.")
    return tuple(_size(each, f"{what} of '{layer['name']}'", _MAX_WINDOW) for each in pair)


def _size(value: Any, what: str, largest: int = _MAX_SIZE) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= largest:
        raise ArgumentError(f"{what} is {_short(value)}; expected a whole number from 1 to {largest}.")
    return value


def _expect_rank(layer: dict[str, Any], shape: Shape, rank: int) -> None:
    if len(shape) != rank:
        wanted = "(H, W, C)" if rank == 3 else "(D,); put a Flatten in front"
        raise ArgumentError(f"layer '{layer['name']}' ({layer['type']}) follows shape {shape}; expected {wanted}.")


def _short(value: Any) -> str:
    try:
        return repr(value)[:64]
    except ValueError:  # Python refuses to print a number of thousands of digits
        return "a number too long to print"
