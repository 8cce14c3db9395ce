"""Grad-CAM++: each place of a feature map has a weight of its own, so that several objects of a class are all seen."""

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.errors import ArgumentError
from understanding_nn.parts import split
from understanding_nn.tracing import traced


def grad_cam_pp(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray, *, layer: str) -> np.ndarray:
    """Computes the Grad-CAM++ map of the target at a layer.

    L_c = max(0, Σ_k w_k A_k) with w_k = Σ_ij alpha_k(i, j) max(0, g_k(i, j)) and
    alpha_k(i, j) = g_k(i, j)² / (2 g_k(i, j)² + Σ_ab A_k(a, b) g_k(i, j)³), 0 where g_k(i, j) is 0:
    Chattopadhay, Sarkar, Howlader & Balasubramanian 2018, equations 5 and 19. A_k is the k-th feature map of the layer
    and g_k = ∂f_c / ∂A_k.

    Differs from the source: the paper explains exp(f_c), whose gradient is exp(f_c) g_k. The factor exp(f_c), one
    number for an image, is left out: it overflows for a large logit, and changes no picture.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax: a chain,
            each layer taking what the one before it gives.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        layer: name of the layer whose output, behind its activation, is the feature maps: a convolution or a pooling.
            The weights are meant for maps that are not negative, as behind a ReLU.

    Returns:
        The map of each image, shape (N, h, w) of the layer's feature maps, float32, not negative. Up to a factor for
        each image: compare its places, not its size.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a layer that the model
            does not have or that gives no maps.
        UnsupportedLayerError: the model ends in a softmax, or is not a chain.

    Example:
        >>> from understanding_nn import networks
        >>> from understanding_nn.cluttered import cluttered_mnist
        >>> x = cluttered_mnist(2, seed=0).images
        >>> grad_cam_pp(networks.load("cluttered_cnn"), x, 3, layer="conv3").shape
        (2, 10, 10)
    """
    x, target = check_explanation(model, x, target)

    def class_map(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        lower, upper = split(model, layer)
        feature_maps = lower(x)
        if feature_maps.shape.rank != 4:
            raise ArgumentError(
                f"layer '{layer}' gives vectors; expected a layer that gives maps, (N, h, w, channels)."
            )
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(feature_maps)
            logits = upper(feature_maps)
        of_target = tf.one_hot(target, logits.shape[-1])
        g = tape.gradient(logits, feature_maps, output_gradients=of_target, unconnected_gradients="zero")
        total = tf.reduce_sum(feature_maps, axis=(1, 2), keepdims=True)
        # alpha divided by g² above and below, which is the same where g is not 0: squares of small gradients are lost
        # in float32. Where g is 0, max(0, g) is.
        weights = tf.reduce_sum(tf.math.divide_no_nan(tf.nn.relu(g), 2 + total * g), axis=(1, 2))
        return tf.nn.relu(tf.einsum("nijk,nk->nij", feature_maps, weights))

    result: np.ndarray = traced(model, class_map)(x, target).numpy()
    return result
