"""Checks at the door of activation maximization: numbers of an ascent, an expert's parameters, codes of a generator."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.array_arguments import check_whole
from understanding_nn.errors import ArgumentError


def check_ascent(learning_rate: Any, num_steps: Any) -> None:
    """Checks how a gradient ascent is to go.

    Args:
        learning_rate: a positive number.
        num_steps: a whole number, 0 or more.

    Raises:
        ArgumentError: one of them is something else.

    Example:
        >>> check_ascent(0.1, 200)
    """
    if not _is_number(learning_rate) or not learning_rate > 0:
        raise ArgumentError(f"learning_rate is {learning_rate!r}; expected a positive number, for instance 0.1.")
    check_whole("num_steps", num_steps, 0)


def check_weight(name: str, value: Any) -> None:
    """Checks the weight of a penalty, or of an expert, in an objective.

    Args:
        name: of the argument, for messages.
        value: a number, 0 or more.

    Raises:
        ArgumentError: it is something else.

    Example:
        >>> check_weight("l2", 0.01)
    """
    if not _is_number(value) or value < 0:
        raise ArgumentError(
            f"{name} is {value!r}; expected a number, 0 or more: a negative one would turn the penalty into a reward."
        )


def check_rbm(x: Any, weights: Any, visible_bias: Any, hidden_bias: Any) -> tuple[tf.Tensor, ...]:
    """Checks images and the parameters of a restricted Boltzmann machine over their pixels.

    Inside a ``tf.function``, where values are not known yet, shapes are checked and values are not.

    Args:
        x: images, shape (N, H, W, C), or (N, D).
        weights: shape (D, hidden) with D = H W C.
        visible_bias: shape (D,).
        hidden_bias: shape (hidden,).

    Returns:
        The images as rows, (N, D), and the parameters; float32 tensors.

    Raises:
        ArgumentError: shapes that do not fit together, or a value that is NaN or infinite.

    Example:
        >>> check_rbm(np.zeros((3, 2, 2, 1)), np.zeros((4, 5)), np.zeros(4), np.zeros(5))[0].shape
        TensorShape([3, 4])
    """
    images, w = _floats("x", x), _floats("weights", weights)
    a, b = _floats("visible_bias", visible_bias), _floats("hidden_bias", hidden_bias)
    if images.shape.rank not in (2, 4):
        raise ArgumentError(f"x has shape {_shape(images)}; expected images, (N, H, W, C), or rows of pixels, (N, D).")
    num_pixels = int(np.prod(images.shape[1:]))
    # The first axis of a tensor may be unknown inside a compiled function.
    if w.shape.rank != 2 or w.shape[0] not in (None, num_pixels):
        raise ArgumentError(
            f"weights has shape {_shape(w)}; expected ({num_pixels}, hidden): a row for each pixel of x, whose shape "
            f"is {_shape(images)}."
        )
    for name, bias, size in (("visible_bias", a, num_pixels), ("hidden_bias", b, w.shape[1])):
        if bias.shape.rank != 1 or bias.shape[0] not in (None, size):
            raise ArgumentError(f"{name} has shape {_shape(bias)}; expected ({size},), as weights has {_shape(w)}.")
    return tf.reshape(images, (-1, num_pixels)), w, a, b


def check_codes(model: keras.Model, generator: keras.Model, codes: Any, target: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Checks codes, the generator that makes images of them, and the model that sees these images.

    Inside a ``tf.function``, where values are not known yet, shapes and types are checked and values are not.

    Args:
        model: ``keras.Model`` from images to logits, shape (N, K); no softmax at its end.
        generator: ``keras.Model`` from codes (N, D) to images that the model takes.
        codes: shape (N, D); numbers, converted to float32.
        target: index of a logit: one integer for all codes, or integers of shape (N,).

    Returns:
        The codes as a float32 tensor, and the targets as an int32 tensor of shape (N,).

    Raises:
        ArgumentError: networks that do not fit together, a wrong shape, no code, a value that is NaN or infinite, a
            target that is no integer, has the wrong shape or is out of range.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
        >>> check_codes(model, generator, np.zeros((5, 2)), 1)[1].numpy().tolist()
        [1, 1, 1, 1, 1]
    """
    if not isinstance(generator, keras.Model):
        raise ArgumentError(
            f"generator is a {type(generator).__name__}; expected a keras.Model, for instance "
            "networks.load('mnist_generator'). The order of arguments is (model, generator, ...)."
        )
    z, takes = _floats("codes", codes), tuple(generator.input_shape)
    if z.shape.rank != len(takes) or z.shape[0] == 0 or tuple(z.shape[1:]) != takes[1:]:
        remedy = "This is one code: write codes[np.newaxis]." if tuple(z.shape) == takes[1:] else "Give one row a code."
        raise ArgumentError(
            f"codes has shape {_shape(z)}; the generator takes (N, {', '.join(map(str, takes[1:]))}). {remedy}"
        )
    makes = tuple(generator.output_shape)
    if tuple(getattr(model, "input_shape", makes))[1:] != makes[1:]:
        raise ArgumentError(
            f"generator makes images of shape {makes[1:]}; the model takes {tuple(model.input_shape)[1:]}. Take the "
            "generator that was trained with this model. The order of arguments is (model, generator, ...)."
        )
    # What the model would be asked about, without making the images: zeros of their shape have the same door to pass.
    images = tf.zeros((tf.shape(z)[0], *makes[1:])) if tf.is_symbolic_tensor(z) else np.zeros((len(z), *makes[1:]))
    return z, check_explanation(model, images, target)[1]


def _floats(name: str, value: Any) -> tf.Tensor:
    if tf.is_tensor(value) and tf.is_symbolic_tensor(value):
        return tf.cast(value, tf.float32)
    try:
        array = np.asarray(value, np.float32)
    except (ValueError, TypeError) as error:
        raise ArgumentError(f"{name} is a {type(value).__name__}; expected an array of numbers ({error}).") from error
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} has values that are NaN or infinite; expected finite numbers.")
    return tf.constant(array)


def _is_number(value: Any) -> bool:
    plain = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    return plain and bool(np.isfinite(value))


def _shape(tensor: tf.Tensor) -> str:
    return str(tuple(tensor.shape))
