"""Checks at the door: every explanation begins with ``check_explanation``.

A heatmap can look sensible and be wrong: a gradient of probabilities instead of logits, an image without its channel
axis, a target that does not exist. So arguments are checked before anything is computed, with messages that say
what to do. The checks cost about a tenth of a millisecond.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from understanding_nn.errors import ArgumentError, UnsupportedLayerError

Shape = tuple[int | None, ...]

# Activations that turn logits into probabilities: behind them the logits can no longer be told apart.
_PROBABILITIES = frozenset({"softmax", "log_softmax", "sparsemax", "sigmoid", "log_sigmoid", "hard_sigmoid"})
# Layers that pass values on, so that a softmax in front of one still decides what comes out.
_PASSED_ON = (keras.layers.Dropout, keras.layers.Flatten, keras.layers.Reshape, keras.layers.Identity)


def check_explanation(model: keras.Model, x: Any, target: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Checks what an explanation is asked for, and returns it in the form that methods compute with.

    Inside a ``tf.function``, where values are not known yet, shapes and types are checked and values are not.

    Args:
        model: ``keras.Model`` from images to logits, shape (N, K); no softmax at its end.
        x: images, shape (N, H, W, C), or (N, D) where the model takes vectors; numbers, converted to float32.
        target: index of the logit to explain, 0 to K - 1: one integer for all images, or integers of shape (N,).

    Returns:
        The images as a float32 tensor of the same shape, and the targets as an int32 tensor of shape (N,).

    Raises:
        ArgumentError: the model is not a ``keras.Model`` with one input and one output of shape (N, K); ``x`` has a
            shape that the model does not take, no image, or a value that is NaN or infinite; ``target`` is no
            integer, has the wrong shape, or is out of range.
        UnsupportedLayerError: the model ends in a softmax (or another map from logits to probabilities).

    Example:
        >>> import numpy as np
        >>> from understanding_nn import networks
        >>> x, target = check_explanation(networks.load("mnist_mlp"), np.zeros((2, 28, 28, 1)), 3)
        >>> x.dtype.name, target.numpy().tolist()
        ('float32', [3, 3])
    """
    num_logits = _check_model(model)
    images, num_images = _check_images(model, x)
    return images, _check_target(target, num_images, num_logits, images)


def _check_model(model: keras.Model) -> int | None:
    """Refuses what has no logits; returns how many it has, or None where the model does not know before a call."""
    if not isinstance(model, keras.Model):
        raise ArgumentError(
            f"model is {_described(model)}; expected a keras.Model, for instance networks.load('mnist_cnn'). "
            "The order of arguments is (model, x, target)."
        )
    refuse_probabilities(model)
    shape = getattr(model, "output_shape", None) if model.built else None
    if shape is None:
        return None
    if not isinstance(shape, tuple) or len(shape) != 2 or not isinstance(shape[1], int):
        raise ArgumentError(
            f"the model '{model.name}' has output shape {shape}; expected one output of shape (N, K): "
            "K logits an image. Explain a model that ends in one Dense layer."
        )
    return shape[1]


def refuse_probabilities(model: keras.Model) -> None:
    """Refuses a model that ends in a softmax, or in another map from logits to probabilities.

    Args:
        model: a ``keras.Model``.

    Raises:
        UnsupportedLayerError: the last layer, or its activation, makes probabilities; the message names the layer.

    Example:
        >>> refuse_probabilities(keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]))
    """
    operation = _last_operation(model)
    while operation is not None:
        if isinstance(operation, keras.Model):  # a model used as a layer
            return refuse_probabilities(operation)
        activation = getattr(getattr(operation, "activation", None), "__name__", "linear")
        made_of = _snake_case(type(operation).__name__)
        found = next((name for name in (activation, made_of) if name in _PROBABILITIES), None)
        if found:
            raise UnsupportedLayerError(
                f"layer '{operation.name}' ends the model '{model.name}' in {found}; expected logits. "
                "Probabilities hide how a decision comes about: one rises when another falls. Explain the logits: "
                "build the last layer with activation=None, and train with from_logits=True."
            )
        if not (isinstance(operation, _PASSED_ON) or (made_of == "activation" and activation == "linear")):
            return None
        operation = _operation_before(model, operation)
    return None


def _last_operation(model: keras.Model) -> Any:
    """The operation that computes the model's output: a layer, or a function of ``keras.ops``."""
    outputs = getattr(model, "outputs", None)
    if outputs:
        return outputs[0]._keras_history.operation  # Keras 3 has no public name for it
    return model.layers[-1] if model.layers else None


def _operation_before(model: keras.Model, operation: Any) -> Any:
    operations = getattr(model, "operations", None) or model.layers
    index = next((i for i, each in enumerate(operations) if each is operation), 0)
    return operations[index - 1] if index > 0 else None


def _snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _check_images(model: keras.Model, x: Any) -> tuple[tf.Tensor, int | None]:
    """Refuses images of another shape than the model's, or with values that no gradient survives."""
    symbolic = _is_symbolic(x)
    x = x if symbolic else _as_floats(x)
    shape, expected = tuple(x.shape), getattr(model, "input_shape", None) if model.built else None
    if isinstance(expected, list | dict):
        raise ArgumentError(f"the model '{model.name}' takes several inputs, {expected}; expected a model with one.")
    if not shape or shape[0] == 0:
        raise ArgumentError(f"x has shape {shape}: it holds no image; expected a batch of at least one, (N, ...).")
    if expected is not None and not _fits(shape, expected):
        wanted = f"(N, {', '.join('any' if size is None else str(size) for size in expected[1:])})"
        raise ArgumentError(f"x has shape {shape}; the model '{model.name}' takes {wanted}. {_remedy(shape, expected)}")
    return tf.cast(x, tf.float32) if symbolic else tf.constant(x), shape[0]


def _as_floats(x: Any) -> np.ndarray:
    try:
        array = np.asarray(x)
    except (ValueError, TypeError) as error:
        raise ArgumentError(
            f"x is {_described(x)}, which is not an array ({error}); expected images, (N, H, W, C)."
        ) from error
    if array.dtype.kind not in "fiub":
        raise ArgumentError(f"x is {_described(x)} of type {array.dtype}; expected an array of numbers, (N, H, W, C).")
    array = array.astype(np.float32, copy=False)
    finite = np.isfinite(array)
    if not finite.all():
        raise ArgumentError(
            f"x has {np.count_nonzero(~finite)} values that are NaN or infinite, of {array.size}; expected finite "
            "numbers. Find them with np.argwhere(~np.isfinite(x)); a division by 0 is a usual cause."
        )
    return array


def _fits(shape: Shape, expected: Shape) -> bool:
    return len(shape) == len(expected) and all(
        b is None or a is None or a == b for a, b in zip(shape[1:], expected[1:], strict=True)
    )


def _remedy(shape: Shape, expected: Shape) -> str:
    if _fits((1, *shape), expected):
        return "This is one image without a batch axis: write x[np.newaxis]."
    if _fits((*shape, 1), expected):
        return "The channel axis is missing: write x[..., np.newaxis]."
    if _fits((1, *shape, 1), expected):
        return "Batch and channel axis are missing: write x[np.newaxis, ..., np.newaxis]."
    return "Resize or reshape the images, or take the model that was trained on them."


def _check_target(target: Any, num_images: int | None, num_logits: int | None, images: tf.Tensor) -> tf.Tensor:
    """Refuses targets that are not indices of the logits; spreads a single one over the batch."""
    if _is_symbolic(target):
        return tf.broadcast_to(tf.cast(target, tf.int32), tf.shape(images)[:1])
    indices = np.asarray(target)
    if indices.dtype.kind not in "iu":
        raise ArgumentError(
            f"target is {_described(target)}; expected an integer, or integers of shape (N,), that index the logits. "
            "Convert class numbers with np.asarray(target).astype(int); take a decision with np.argmax(logits, axis=1)."
        )
    if indices.ndim > 1 or (indices.ndim == 1 and num_images is not None and indices.shape[0] != num_images):
        one_hot = indices.ndim == 2 and indices.shape[-1] == num_logits
        remedy = "It looks one-hot: write np.argmax(target, axis=1)." if one_hot else "Give one target an image."
        raise ArgumentError(
            f"target has shape {indices.shape}; expected one integer, or shape ({num_images},). {remedy}"
        )
    if num_logits is not None and indices.size and (indices.min() < 0 or indices.max() >= num_logits):
        wrong = int(indices.min() if indices.min() < 0 else indices.max())
        raise ArgumentError(
            f"target {wrong} is out of range; the model has {num_logits} logits, so expected 0 to {num_logits - 1}."
        )
    if num_images is None:
        return tf.broadcast_to(tf.convert_to_tensor(indices, tf.int32), tf.shape(images)[:1])
    return tf.constant(np.full(num_images, indices, dtype=np.int32))


def _is_symbolic(value: Any) -> bool:
    """Whether a value is a tensor of a ``tf.function`` that is being traced, and so not known yet."""
    return type(value) is not np.ndarray and bool(tf.is_symbolic_tensor(value))


def _described(value: Any) -> str:
    kind = f"{type(value).__module__}.{type(value).__name__}".removeprefix("builtins.")
    if isinstance(value, bool | int | float | str):
        return f"{kind} {value!r}"
    shape = getattr(value, "shape", None)
    return f"{kind} of shape {shape}" if shape else kind
