"""Checks at the door of the building blocks: rules for a single layer, given as arrays."""

from typing import Any

import numpy as np
import tensorflow as tf

from understanding_nn.errors import ArgumentError
from understanding_nn.values import spread

Pair = tuple[int, int]


def check_dense(activation: Any, kernel: Any, bias: Any, relevance: Any) -> tuple[tf.Tensor, ...]:
    """Checks what a rule for a dense layer is asked for, and returns it as float32 tensors.

    Inside a ``tf.function``, where values are not known yet, shapes are checked and values are not.

    Args:
        activation: what goes into the layer, shape (N, inputs).
        kernel: its weights, shape (inputs, units).
        bias: shape (units,); None counts as zeros.
        relevance: of what comes out, shape (N, units).

    Returns:
        Activation, kernel, bias and relevance.

    Raises:
        ArgumentError: not numbers, shapes that do not belong together, or a value that is NaN or infinite.

    Example:
        >>> a, w, b, R = check_dense(np.ones((5, 3)), np.ones((3, 2)), None, np.ones((5, 2)))
        >>> b.numpy().tolist()
        [0.0, 0.0]
    """
    a, w = _tensor("activation", activation, 2, "(N, inputs)"), _tensor("kernel", kernel, 2, "(inputs, units)")
    R = _tensor("relevance", relevance, 2, "(N, units)")
    b = tf.zeros(w.shape[1:]) if bias is None else _tensor("bias", bias, 1, "(units,)")
    _fit("kernel", w, (a.shape[1], None), f"activation has shape {_shape(a)}")
    _fit("bias", b, (w.shape[1],), f"kernel has shape {_shape(w)}")
    _fit("relevance", R, (a.shape[0], w.shape[1]), f"activation has shape {_shape(a)} and kernel {_shape(w)}")
    return a, w, b, R


def check_conv(
    activation: Any, kernel: Any, bias: Any, relevance: Any, strides: Any, padding: Any
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, Pair, str]:
    """Checks what a rule for a convolution is asked for, and returns it as ``tf.nn.conv2d`` takes it.

    Args:
        activation: what goes into the layer, shape (N, H, W, channels).
        kernel: its weights, shape (height, width, channels, filters).
        bias: shape (filters,); None counts as zeros.
        relevance: of what comes out, shape (N, h, w, filters).
        strides: an integer, or two: vertical and horizontal.
        padding: "same" or "valid".

    Returns:
        Activation, kernel, bias and relevance as float32 tensors, both strides, and the padding in capital letters.

    Raises:
        ArgumentError: not numbers, shapes that do not belong together, or a value that is NaN or infinite.

    Example:
        >>> image, kernel, maps = np.ones((1, 5, 5, 1)), np.ones((3, 3, 1, 2)), np.ones((1, 3, 3, 2))
        >>> *_, strides, padding = check_conv(image, kernel, None, maps, 2, "same")
        >>> strides, padding
        ((2, 2), 'SAME')
    """
    a = _tensor("activation", activation, 4, "(N, H, W, channels)")
    w = _tensor("kernel", kernel, 4, "(height, width, channels, filters)")
    R = _tensor("relevance", relevance, 4, "(N, h, w, filters)")
    b = tf.zeros(w.shape[3:]) if bias is None else _tensor("bias", bias, 1, "(filters,)")
    strides, padding = _pair("strides", strides), _padding(padding)
    _fit("kernel", w, (None, None, a.shape[3], None), f"activation has shape {_shape(a)}")
    _fit("bias", b, (w.shape[3],), f"kernel has shape {_shape(w)}")
    places = _places(a, (w.shape[0], w.shape[1]), strides, padding)
    what = f"activation has shape {_shape(a)}, kernel {_shape(w)}, strides {strides}, padding '{padding.lower()}'"
    _fit("relevance", R, (a.shape[0], *places, w.shape[3]), what)
    return a, w, b, R, strides, padding


def check_pool(
    activation: Any, relevance: Any, pool_size: Any, strides: Any, padding: Any
) -> tuple[tf.Tensor, tf.Tensor, Pair, Pair, str]:
    """Checks what a rule for a pooling layer is asked for, and returns it as ``tf.nn.max_pool2d`` takes it.

    Args:
        activation: what goes into the layer, shape (N, H, W, channels).
        relevance: of what comes out, shape (N, h, w, channels).
        pool_size: height and width of the window: an integer, or two.
        strides: an integer, or two; None is the pool size.
        padding: "same" or "valid".

    Returns:
        Activation and relevance as float32 tensors, pool size, strides, and the padding in capital letters.

    Raises:
        ArgumentError: not numbers, shapes that do not belong together, or a value that is NaN or infinite.

    Example:
        >>> *_, pool_size, strides, padding = check_pool(np.ones((1, 4, 4, 1)), np.ones((1, 2, 2, 1)), 2, None, "valid")
        >>> pool_size, strides, padding
        ((2, 2), (2, 2), 'VALID')
    """
    a = _tensor("activation", activation, 4, "(N, H, W, channels)")
    R = _tensor("relevance", relevance, 4, "(N, h, w, channels)")
    pool_size, padding = _pair("pool_size", pool_size), _padding(padding)
    strides = pool_size if strides is None else _pair("strides", strides)
    what = f"activation has shape {_shape(a)}, pool_size {pool_size}, strides {strides}, padding '{padding.lower()}'"
    _fit("relevance", R, (a.shape[0], *_places(a, pool_size, strides, padding), a.shape[3]), what)
    return a, R, pool_size, strides, padding


def check_alpha_beta(alpha: float, beta: float) -> None:
    """Refuses an alpha and a beta that neither keep nor mean anything: alpha - beta must be 1, and beta not negative.

    Args:
        alpha: weight of the contributions for a neuron.
        beta: weight of the contributions against it.

    Raises:
        ArgumentError: alpha - beta is not 1, or beta is negative.

    Example:
        >>> check_alpha_beta(2.0, 1.0)
    """
    if not abs(alpha - beta - 1) < 1e-6 or beta < 0:
        raise ArgumentError(
            f"alpha is {alpha} and beta is {beta}; expected alpha - beta = 1 with beta >= 0, for instance alpha=2, "
            "beta=1. Else each layer would multiply the relevance by alpha - beta."
        )


def check_box(low: Any, high: Any, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Checks the bounds between which inputs are, and spreads them over the inputs.

    Args:
        low: the smallest value that an input can have: a number, or an array that broadcasts to ``x``.
        high: the largest.
        x: the inputs, any shape with the batch first.

    Returns:
        Both bounds as float32 tensors that broadcast to ``x``.

    Raises:
        ArgumentError: not numbers, a shape that does not broadcast, NaN or infinity, or ``low`` above ``high``.

    Example:
        >>> low, high = check_box(0.0, [1.0, 2.0], tf.zeros((5, 2)))
        >>> high.numpy().tolist()
        [[1.0, 2.0]]
    """
    if tf.is_symbolic_tensor(low) or tf.is_symbolic_tensor(high) or tf.is_symbolic_tensor(x):
        return tf.cast(low, tf.float32), tf.cast(high, tf.float32)
    low, high = spread("low", low, x), spread("high", high, x)
    if not tf.reduce_all(low <= high):
        raise ArgumentError(
            f"low is above high: the largest low is {tf.reduce_max(low):g}, the smallest high {tf.reduce_min(high):g}; "
            "expected low <= high at every input."
        )
    return low, high


def check_pre_activations(pre: Any, pre_reference: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Checks what goes into an activation function, for an input and for a reference.

    Args:
        pre: any shape.
        pre_reference: a shape that broadcasts to that of ``pre``.

    Returns:
        Both as float32 tensors.

    Raises:
        ArgumentError: not numbers, a shape that does not broadcast, or a value that is NaN or infinite.

    Example:
        >>> pre, pre_reference = check_pre_activations([1.0, 2.0], 0.0)
        >>> pre.dtype.name, pre_reference.numpy().item()
        ('float32', 0.0)
    """
    z, z_reference = _tensor("pre", pre, None, "any"), _tensor("pre_reference", pre_reference, None, "any")
    try:
        fits = tf.broadcast_static_shape(z.shape, z_reference.shape).is_compatible_with(z.shape)
    except ValueError:
        fits = False
    if not fits:
        raise ArgumentError(
            f"pre_reference has shape {_shape(z_reference)}, which does not broadcast to that of pre, {_shape(z)}."
        )
    return z, z_reference


def _tensor(name: str, value: Any, rank: int | None, meaning: str) -> tf.Tensor:
    if not tf.is_tensor(value):
        try:
            value = np.asarray(value, dtype=np.float32)
        except (ValueError, TypeError) as error:
            raise ArgumentError(f"{name} is a {type(value).__name__}; expected numbers of shape {meaning}.") from error
    tensor = tf.cast(value, tf.float32)
    if rank is not None and tensor.shape.rank != rank:
        raise ArgumentError(f"{name} has shape {_shape(tensor)}; expected {meaning}.")
    if not tf.is_symbolic_tensor(tensor) and not np.isfinite(tensor.numpy()).all():
        raise ArgumentError(f"{name} has values that are NaN or infinite; expected finite numbers.")
    return tensor


def _fit(name: str, tensor: tf.Tensor, expected: tuple[int | None, ...], because: str) -> None:
    """Refuses a shape that others contradict; None, on either side, is a size that is not known."""
    if not tensor.shape.is_compatible_with(expected):
        wanted = ", ".join("any" if size is None else str(size) for size in expected)
        raise ArgumentError(f"{name} has shape {_shape(tensor)}, but {because}; expected ({wanted}).")


def _places(a: tf.Tensor, window: Pair, strides: Pair, padding: str) -> tuple[int | None, ...]:
    """Height and width of what comes out of a sliding window."""
    sizes = zip(a.shape[1:3], window, strides, strict=True)
    return tuple(
        None if n is None else -(-n // step) if padding == "SAME" else max((n - size) // step + 1, 0)
        for n, size, step in sizes
    )


def _shape(tensor: tf.Tensor) -> tuple[int | None, ...]:
    return tuple(tensor.shape)


def _pair(name: str, value: Any) -> Pair:
    pair = np.broadcast_to(value, 2) if np.ndim(value) == 0 or np.shape(value) == (2,) else np.array([])
    if pair.dtype.kind not in "iu" or len(pair) != 2 or (pair < 1).any():
        raise ArgumentError(f"{name} is {value!r}; expected a positive integer, or two: vertical and horizontal.")
    return int(pair[0]), int(pair[1])


def _padding(padding: Any) -> str:
    if not isinstance(padding, str) or padding.lower() not in ("same", "valid"):
        raise ArgumentError(f"padding is {padding!r}; expected 'same' or 'valid'.")
    return padding.upper()
