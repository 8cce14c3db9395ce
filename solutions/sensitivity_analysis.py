"""Sensitivity analysis: which pixels would change the decision most if they changed a little?"""

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.tracing import traced


def logit_gradient(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray) -> np.ndarray:
    """Computes the gradient of the target's logit with respect to each pixel.

    g_i(x) = ∂f_c / ∂x_i, where f_c is the logit of the target c. The gradient is taken of the logit, not of the
    softmax: a probability also rises when another class falls.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).

    Returns:
        The gradient, shape of ``x``, float32, in logits per unit of pixel value; one image does not depend on the
        others in the batch.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> x = data.mnist().x_test[:2]
        >>> logit_gradient(networks.load("mnist_cnn"), x, 3).shape
        (2, 28, 28, 1)
    """
    x, target = check_explanation(model, x, target)

    def gradient(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            logits = model(x, training=False)
        of_target = tf.one_hot(target, logits.shape[-1])  # the gradient of Σ_k of_target_k f_k, which is f_c
        return tape.gradient(logits, x, output_gradients=of_target, unconnected_gradients="zero")

    result: np.ndarray = traced(model, gradient)(x, target).numpy()
    return result


def sensitivity_analysis(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray) -> np.ndarray:
    """Computes the sensitivity of the target's logit to each pixel.

    R_i(x) = (∂f_c / ∂x_i)²: Montavon, Samek & Müller 2018, section 4.1. These attributions sum to ‖∇f_c‖², the squared
    length of the gradient. They explain how f_c varies at x, not the value f_c(x) itself.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).

    Returns:
        The attribution of each pixel, shape of ``x``, float32, not negative, in squared logits per squared unit of
        pixel value.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> digits = data.mnist()
        >>> attribution = sensitivity_analysis(networks.load("mnist_cnn"), digits.x_test[:2], digits.y_test[:2])
        >>> bool((attribution >= 0).all())
        True
    """
    attribution: np.ndarray = np.square(logit_gradient(model, x, target))
    return attribution
