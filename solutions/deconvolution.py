"""Deconvolution: from a neuron back to the pixels, through every layer turned around."""

# mypy: allow-untyped-decorators

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.parts import check_channel, replace_relu
from understanding_nn.tracing import traced


@tf.custom_gradient
def deconv_relu(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
    """Computes a ReLU whose backward pass is a ReLU, too: the signal that comes back is rectified, not masked.

    Forward: y = max(0, x). Backward: ∂f/∂x := max(0, ∂f/∂y), whatever x was: Zeiler & Fergus 2014, section 2.1. The
    gradient itself would be [x > 0] ∂f/∂y.

    Args:
        x: what goes into the ReLU, a tensor of any shape, float32.

    Returns:
        As ``tf.custom_gradient`` asks for it, the result y, shape of ``x``, and the function that computes the signal
        for x from the signal for y. The caller gets y.

    Example:
        >>> x = tf.constant([-1.0, -1.0, 2.0, 2.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = deconv_relu(x)
        >>> y.numpy().tolist()
        [0.0, 0.0, 2.0, 2.0]
        >>> tape.gradient(y, x, output_gradients=tf.constant([5.0, -7.0, 5.0, -7.0])).numpy().tolist()
        [5.0, 0.0, 5.0, 0.0]
    """

    def backward(upstream: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(upstream)

    return tf.nn.relu(x), backward


def deconvolution(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray) -> np.ndarray:
    """Projects the target's logit back to the pixels by a deconvolutional network.

    R(x) = ∂f_c / ∂x with every ReLU's backward pass replaced by that of ``deconv_relu``: Zeiler & Fergus 2014. The
    signal starts as 1 at the logit. Convolutions and dense layers take it back through their transposed weights, max
    pooling to the place of the largest value (the switches), average pooling to all places evenly. Biases play no part
    on the way back.

    Differs from the source: Zeiler & Fergus project feature maps back, see ``deconvolve_feature_map``; here it is the
    target's logit, so that the result answers the same question as the other methods.

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
        >>> deconvolution(networks.load("mnist_cnn"), data.mnist().x_test[:2], 3).shape
        (2, 28, 28, 1)
    """
    x, target = check_explanation(model, x, target)

    def projected(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            logits = replace_relu(model, deconv_relu)(x)
        signal = tf.one_hot(target, logits.shape[-1])  # starts at the target's logit, with 1
        return tape.gradient(logits, x, output_gradients=signal)

    result: np.ndarray = traced(model, projected)(x, target).numpy()
    return result


def deconvolve_feature_map(model: tf.keras.Model, x: np.ndarray, *, layer: str, channel: int) -> np.ndarray:
    """Projects one feature map of a layer back to the pixels by a deconvolutional network.

    The signal starts at the output of the layer as the map's own activations A_k, and as 0 in all other maps; then it
    goes back as in ``deconvolution``: Zeiler & Fergus 2014, section 2.1.

    Differs from the source: Zeiler & Fergus keep a single activation, the largest of the map; here the whole map
    starts. Starting from ones instead of A_k would, at the first layer, give the same picture for every image.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax: a chain
            of the layers that ``understanding_nn.steps.steps_of`` knows.
        x: images, shape (N, H, W, C), float32.
        layer: name of the layer; its output, after its activation, is the feature maps.
        channel: k, index of the feature map, or of the neuron in a dense layer.

    Returns:
        The projection, shape of ``x``, float32, in squared units of the activation per unit of pixel value; 0 where
        the map has no positive activation.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, an unknown layer, a channel out of range.
        UnsupportedLayerError: the model ends in a softmax, or has a layer that is not supported.

    Example:
        >>> from understanding_nn import data, networks
        >>> model, x = networks.load("mnist_cnn"), data.mnist().x_test[:2]
        >>> deconvolve_feature_map(model, x, layer="conv1", channel=5).shape
        (2, 28, 28, 1)
    """
    x, _ = check_explanation(model, x, target=0)
    channel = check_channel(model, layer, channel)

    def projected(x: tf.Tensor, channel: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            A = replace_relu(model, deconv_relu, layer=layer)(x)
        own_map = A * tf.one_hot(channel, tf.shape(A)[-1])
        return tape.gradient(A, x, output_gradients=own_map)

    result: np.ndarray = traced(model, projected)(x, channel).numpy()
    return result
