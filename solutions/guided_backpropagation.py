"""Guided backpropagation: only what speaks for the decision goes back, and only through neurons that were active."""

# mypy: allow-untyped-decorators

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.parts import replace_relu
from understanding_nn.tracing import traced


@tf.custom_gradient
def guided_relu(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Computes a ReLU whose backward pass is masked twice: by the input, as a gradient is, and by the signal itself.

    Forward: y = max(0, x). Backward: ∂f/∂x := [x > 0] max(0, ∂f/∂y): Springenberg et al. 2015, figure 1. The gradient
    has the first mask only, deconvolution the second only.

    Args:
        x: what goes into the ReLU, a tensor of any shape, float32.

    Returns:
        As ``tf.custom_gradient`` asks for it, the result y, shape of ``x``, and the function that computes the signal
        for x from the signal for y. The caller gets y.

    Example:
        >>> x = tf.constant([-1.0, -1.0, 2.0, 2.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = guided_relu(x)
        >>> tape.gradient(y, x, output_gradients=tf.constant([5.0, -7.0, 5.0, -7.0])).numpy().tolist()
        [0.0, 0.0, 5.0, 0.0]
    """

    def backward(upstream: tf.Tensor) -> tf.Tensor:
        active = tf.cast(x > 0, upstream.dtype)
        return active * tf.nn.relu(upstream)

    return tf.nn.relu(x), backward


def guided_backpropagation(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray) -> np.ndarray:
    """Computes the gradient of the target's logit with every ReLU's backward pass replaced by that of ``guided_relu``.

    R(x) = ∂f_c / ∂x, in which a ReLU passes on a signal only where its input was positive and the signal is positive:
    Springenberg et al. 2015, figure 1. The signal starts as 1 at the logit; nothing is rectified there.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax: a chain
            of the layers that ``understanding_nn.steps.steps_of`` knows.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).

    Returns:
        The attribution of each pixel, shape of ``x``, float32, in logits per unit of pixel value.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range.
        UnsupportedLayerError: the model ends in a softmax, or has a layer that is not supported.

    Example:
        >>> from understanding_nn import data, networks
        >>> guided_backpropagation(networks.load("mnist_cnn"), data.mnist().x_test[:2], 3).shape
        (2, 28, 28, 1)
    """
    x, target = check_explanation(model, x, target)

    def guided(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            logits = replace_relu(model, guided_relu)(x)
        signal = tf.one_hot(target, logits.shape[-1])  # starts at the target's logit, with 1
        return tape.gradient(logits, x, output_gradients=signal)

    result: np.ndarray = traced(model, guided)(x, target).numpy()
    return result
