"""Grad-CAM: class activation maps for any network, with gradients in the place of the weights."""

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.errors import ArgumentError
from understanding_nn.parts import split
from understanding_nn.tracing import traced


def grad_cam(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray, *, layer: str) -> np.ndarray:
    """Computes the gradient-weighted class activation map of the target at a layer.

    L_c = max(0, Σ_k w_k A_k) with w_k = 1/(h w) Σ_ij ∂f_c / ∂A_k(i, j): Selvaraju, Cogswell, Das, Vedantam, Parikh &
    Batra 2017, equations 1 and 2. A_k is the k-th feature map of the layer, of h x w places. In front of global average
    pooling and one dense layer it is max(0, M_c) / (h w), with M_c the class activation map of ``cam``.

    Differs from the source: nothing. Libraries differ in what they do with it then: they scale each map to [0, 1], and
    enlarge it in ways of their own.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax: a chain,
            each layer taking what the one before it gives.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        layer: name of the layer whose output, behind its activation, is the feature maps: a convolution or a pooling.

    Returns:
        The map of each image, shape (N, h, w) of the layer's feature maps, float32, not negative, in logits.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a layer that the model
            does not have or that gives no maps.
        UnsupportedLayerError: the model ends in a softmax, or is not a chain.

    Example:
        >>> from understanding_nn import networks
        >>> from understanding_nn.cluttered import cluttered_mnist
        >>> x = cluttered_mnist(2, seed=0).images
        >>> grad_cam(networks.load("cluttered_cnn"), x, 3, layer="conv3").shape
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
        gradient = tape.gradient(logits, feature_maps, output_gradients=of_target, unconnected_gradients="zero")
        weights = tf.reduce_mean(gradient, axis=(1, 2))
        return tf.nn.relu(tf.einsum("nijk,nk->nij", feature_maps, weights))

    result: np.ndarray = traced(model, class_map)(x, target).numpy()
    return result
