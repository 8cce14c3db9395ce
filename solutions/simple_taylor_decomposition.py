"""Simple Taylor decomposition: a network's output, to first order around a root point, split over the pixels."""

import numpy as np
import tensorflow as tf

from solutions.sensitivity_analysis import logit_gradient
from understanding_nn.arguments import check_explanation
from understanding_nn.values import spread


def taylor_decomposition(
    model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray, *, root: float | np.ndarray
) -> np.ndarray:
    """Computes the first-order terms of the Taylor expansion of the target's logit around a root point.

    R_i(x) = (∂f_c / ∂x_i)(x̃) · (x_i - x̃_i): Montavon, Samek & Müller 2018, section 4.2. The expansion around the root
    point x̃, where f_c(x̃) = 0, is f_c(x) = Σ_i R_i(x) + a remainder; the second and higher orders are in the remainder,
    and are left out.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        root: the root point x̃: a number, one image (H, W, C), or one for each, (N, H, W, C). Whether f_c is 0 there is
            not checked: where it is not, the attributions sum to f_c(x) - f_c(x̃) to first order.

    Returns:
        The attribution of each pixel, shape of ``x``, float32, in logits.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> x = data.mnist().x_test[:2]
        >>> taylor_decomposition(networks.load("mnist_cnn"), x, 3, root=0.5 * x).shape
        (2, 28, 28, 1)
    """
    images, _ = check_explanation(model, x, target)
    root_points = np.broadcast_to(spread("root", root, images).numpy(), images.shape)
    attribution: np.ndarray = logit_gradient(model, root_points, target) * (images.numpy() - root_points)
    return attribution


def simple_taylor_decomposition(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray) -> np.ndarray:
    """Decomposes the target's logit over the pixels, for a ReLU network without biases.

    R_i(x) = (∂f_c / ∂x_i)(x) · x_i: Montavon, Samek & Müller 2018, section 4.2. Without biases, f_c(t x) = t f_c(x)
    for t > 0, so the gradient is the same at every point t x of the line from x towards the black image, and t → 0
    makes t x a root point. The attributions sum to f_c(x), without a remainder.

    Differs from the source: nothing in the result. The root point is the limit of t x for t → 0, not the black image
    itself, where every ReLU stands at its kink and the gradient is 0 by convention.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax and
            without biases. With biases the attributions no longer sum to f_c(x); this is not refused.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).

    Returns:
        The attribution of each pixel, shape of ``x``, float32, in logits; sums to f_c(x).

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> model, x = networks.load("mnist_mlp"), data.mnist().x_test[:2]
        >>> attribution = simple_taylor_decomposition(model, x, 3)
        >>> bool(np.allclose(attribution.sum(axis=(1, 2, 3)), model(x)[:, 3], rtol=1e-3))
        True
    """
    gradient = logit_gradient(model, x, target)  # refuses bad arguments, too
    attribution: np.ndarray = np.asarray(x, np.float32) * gradient
    return attribution
