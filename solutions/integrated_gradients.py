"""Integrated gradients: the gradient, collected on the whole way from a baseline to the image."""

import numpy as np
import tensorflow as tf

from solutions.sensitivity_analysis import logit_gradient
from understanding_nn.arguments import check_explanation
from understanding_nn.array_arguments import check_array, check_whole
from understanding_nn.batches import blocks, explain_copies
from understanding_nn.errors import ArgumentError
from understanding_nn.tracing import traced
from understanding_nn.values import spread


def integrated_gradients(
    model: tf.keras.Model,
    x: np.ndarray,
    target: int | np.ndarray,
    *,
    baseline: float | np.ndarray = 0.0,
    num_steps: int = 50,
    batch_size: int = 256,
) -> np.ndarray:
    """Explains the target's logit, compared with its value at a baseline, by gradients along the straight path.

    R(x) = (x - x') ⊙ (1/m) Σ_{k=1..m} ∇f_c(x' + k/m (x - x')): Sundararajan, Taly & Yan 2017, equation 3, a right
    Riemann sum of m steps for the integral of equation 1. For m → ∞ the attributions sum to f_c(x) - f_c(x')
    (completeness, their proposition 1).

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        baseline: x', where the path starts: a number, one image (H, W, C), or one for each, (N, H, W, C).
        num_steps: m, number of gradients on the path, 1 or more.
        batch_size: points of all paths that are computed at once, at most; bounds the memory. The result does not
            depend on it.

    Returns:
        The attribution of each pixel, shape of ``x``, float32, in logits; sums to f_c(x) - f_c(x') up to the error of
        the Riemann sum.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, ``num_steps`` or
            ``batch_size`` that is not a positive integer.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> model, x = networks.load("mnist_cnn"), data.mnist().x_test[:2]
        >>> attribution = integrated_gradients(model, x, 3, num_steps=100)
        >>> difference = model(x)[:, 3] - model(np.zeros_like(x))[:, 3]
        >>> bool(np.allclose(attribution.sum(axis=(1, 2, 3)), difference, rtol=0.05))
        True
    """
    x, target = (np.asarray(tensor) for tensor in check_explanation(model, x, target))
    baseline = np.broadcast_to(spread("baseline", baseline, x), x.shape)
    num_steps = check_whole("num_steps", num_steps, 1)
    fraction = (np.arange(1, num_steps + 1, dtype=np.float32) / num_steps).reshape(-1, *[1] * x.ndim)
    total = np.zeros_like(x)
    for images, steps in blocks(len(x), num_steps, batch_size):
        point = baseline[images] + fraction[steps] * (x[images] - baseline[images])  # (steps, images, H, W, C)
        total[images] += explain_copies(logit_gradient, model, point, target[images]).sum(axis=0)
    attribution: np.ndarray = (x - baseline) * total / np.float32(num_steps)
    return attribution


def completeness_gap(
    attribution: np.ndarray,
    model: tf.keras.Model,
    x: np.ndarray,
    target: int | np.ndarray,
    *,
    baseline: float | np.ndarray = 0.0,
) -> np.ndarray:
    """Measures how far attributions are from summing to the difference that they explain.

    gap = |Σ_i R_i - (f_c(x) - f_c(x'))| / |f_c(x) - f_c(x')|: completeness, Sundararajan, Taly & Yan 2017, proposition
    1, is a gap of 0.

    Args:
        attribution: R, shape of ``x``, in logits.
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: the images that were explained, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        baseline: x': a number, one image (H, W, C), or one for each, (N, H, W, C).

    Returns:
        The gap of each image, shape (N,), float32, a fraction of the difference; where f_c(x) = f_c(x'), 0 if the
        attributions sum to 0, else infinite.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> model, x = networks.load("mnist_cnn"), data.mnist().x_test[:2]
        >>> gap = completeness_gap(integrated_gradients(model, x, 3, num_steps=100), model, x, 3)
        >>> bool((gap < 0.05).all())
        True
    """
    x, target = check_explanation(model, x, target)
    attribution = check_array("attribution", attribution)
    if attribution.shape != x.shape:
        raise ArgumentError(f"attribution has shape {attribution.shape}; expected that of x, {tuple(x.shape)}.")
    baseline = tf.broadcast_to(spread("baseline", baseline, x), x.shape)

    def target_logit(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        return tf.gather(model(x, training=False), target, axis=1, batch_dims=1)

    value = traced(model, target_logit)
    difference = value(x, target).numpy().astype(np.float64) - value(baseline, target).numpy()
    total = attribution.reshape(len(difference), -1).sum(axis=1, dtype=np.float64)
    miss = np.abs(total - difference)
    undefined = np.where(miss > 0, np.inf, 0.0)
    gap: np.ndarray = np.divide(miss, np.abs(difference), out=undefined, where=difference != 0).astype(np.float32)
    return gap
