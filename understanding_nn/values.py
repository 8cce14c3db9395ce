"""Small things that methods share: denominators that are never zero, values spread over a batch, plain arrays."""

from typing import Any

import numpy as np
import tensorflow as tf

from understanding_nn.errors import ArgumentError


def stabilized(z: tf.Tensor, epsilon: float = 1e-9) -> tf.Tensor:
    """Moves a denominator away from zero: z + epsilon * sign(z), where sign(0) = 1.

    Args:
        z: any shape, float32.
        epsilon: how far, in the unit of ``z``.

    Returns:
        A tensor of the shape of ``z`` in which no value is 0.

    Example:
        >>> stabilized(tf.constant([2.0, 0.0, -2.0]), epsilon=0.5).numpy().tolist()
        [2.5, 0.5, -2.5]
    """
    return z + epsilon * tf.sign(tf.sign(z) + 0.5)  # faster than tf.where, with the same values


def to_array(tensor: tf.Tensor) -> np.ndarray:
    """Returns the values of a tensor as a NumPy array; inside a function that is being compiled, the tensor itself.

    So a building block gives arrays to whoever calls it, and can still be a part of a compiled method.

    Args:
        tensor: any tensor.

    Returns:
        A NumPy array of the same shape and type, or the tensor where it has no values yet.

    Example:
        >>> to_array(tf.constant([1.0, 2.0]))
        array([1., 2.], dtype=float32)
        >>> tf.function(lambda x: to_array(x) + 1)(tf.constant(1.0)).numpy().item()
        2.0
    """
    values: np.ndarray = tensor if tf.is_symbolic_tensor(tensor) else tensor.numpy()
    return values


def spread(name: str, value: Any, x: Any) -> tf.Tensor:
    """Spreads a value, such as a baseline, over the pixels of images: one copy for all images, or one for each.

    Inside a function that is being compiled, a tensor that has no values yet is returned as it is.

    Args:
        name: of the argument, for messages.
        value: a number, or an array that broadcasts to ``x``.
        x: images, shape (N, H, W, C), or (N, D).

    Returns:
        A float32 tensor of shape (1, H, W, C) where the value is the same for every image, else (N, H, W, C).

    Raises:
        ArgumentError: not numbers, a shape that does not broadcast to ``x``, or a value that is NaN or infinite.

    Example:
        >>> spread("baseline", 0.5, np.zeros((4, 28, 28, 1))).shape
        TensorShape([1, 28, 28, 1])
    """
    if tf.is_tensor(value) and tf.is_symbolic_tensor(value):  # spread already, by whoever compiles
        return tf.cast(value, tf.float32)
    shape = tuple(x.shape) if tf.is_tensor(x) else tuple(np.shape(x))
    try:
        array = np.asarray(value, dtype=np.float32)
    except (ValueError, TypeError) as error:
        raise ArgumentError(
            f"{name} is a {type(value).__name__}; expected a number, or an array of numbers."
        ) from error
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} has values that are NaN or infinite; expected finite numbers.")
    for_each = array.ndim == len(shape) and array.shape[0] != 1
    wanted = shape if for_each else (1, *shape[1:])
    try:
        return tf.constant(np.broadcast_to(array, wanted))
    except ValueError as error:
        raise ArgumentError(
            f"{name} has shape {array.shape}, which does not broadcast to that of x, {shape}; expected a number, one "
            f"image of shape {shape[1:]}, or one for each image."
        ) from error
