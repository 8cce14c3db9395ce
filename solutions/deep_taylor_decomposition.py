"""Deep Taylor decomposition: each neuron's relevance, Taylor-expanded around a root point of its own."""

from typing import Any

import numpy as np
import tensorflow as tf

from solutions.lrp import lrp_pool
from understanding_nn.arguments import check_explanation
from understanding_nn.layer_arguments import check_box, check_conv, check_dense
from understanding_nn.steps import Step, inputs_of, steps_of
from understanding_nn.tracing import traced
from understanding_nn.values import spread, stabilized, to_array


def z_plus(activation: np.ndarray, kernel: np.ndarray, relevance: np.ndarray) -> np.ndarray:
    """Hands the relevance of a dense layer's neurons back to its inputs, by the z⁺ rule.

    R_j = Σ_k (a_j w_jk)⁺ / Σ_i (a_i w_ik)⁺ R_k: the z⁺ rule of Montavon et al. 2017; Montavon, Samek & Müller
    2018, section 5.2. It follows from the root point on the segment from a to the activations that do not excite
    neuron k. Denominators are stabilized by 1e-9.

    Differs from the source: the contributions a_j w_jk are split by their sign, where the source takes the positive
    weights. For activations that are not negative both are the same; for others, only this keeps shares positive.

    Args:
        activation: a, what goes into the layer, shape (N, inputs), float32.
        kernel: w, shape (inputs, units), float32.
        relevance: R_k of the neurons, shape (N, units), float32, in logits.

    Returns:
        R_j of the inputs, shape (N, inputs), float32, in logits: an array, or a tensor inside a ``tf.function``. Where
        no input excites a neuron, its relevance is dropped.

    Raises:
        ArgumentError: shapes that do not belong together, or a value that is NaN or infinite.

    Example:
        >>> z_plus(np.array([[1.0, 2.0, 5.0]]), np.array([[2.0], [3.0], [-1.0]]), np.array([[4.0]])).tolist()
        [[1.0, 3.0, 0.0]]
    """
    a, w, _, R = check_dense(activation, kernel, None, relevance)

    def shares(a: tf.Tensor, w: tf.Tensor) -> tf.Tensor:
        z = tf.matmul(a, w)
        s = R / stabilized(z)
        c = tf.matmul(s, w, transpose_b=True)
        return a * c

    def of_positive_inputs() -> tf.Tensor:
        return shares(a, tf.maximum(w, 0.0))

    def of_any_inputs() -> tf.Tensor:
        # (a w)⁺ = a⁺ w⁺ + a⁻ w⁻: each input counts as two, of which one is 0.
        two = tf.concat([tf.maximum(a, 0.0), tf.minimum(a, 0.0)], axis=1)
        R_j = shares(two, tf.concat([tf.maximum(w, 0.0), tf.minimum(w, 0.0)], axis=0))
        return tf.add(*tf.split(R_j, 2, axis=1))

    return to_array(tf.cond(tf.reduce_all(a >= 0), of_positive_inputs, of_any_inputs))


def z_plus_conv(
    activation: np.ndarray,
    kernel: np.ndarray,
    relevance: np.ndarray,
    *,
    strides: int | tuple[int, int] = 1,
    padding: str = "same",
) -> np.ndarray:
    """Hands the relevance of a convolution's feature maps back to its inputs, by the z⁺ rule.

    The rule of ``z_plus``, with a sum over the places that a filter sees: z through a convolution, c through the
    transposed convolution.

    Args:
        activation: a, what goes into the layer, shape (N, H, W, channels), float32.
        kernel: w, shape (height, width, channels, filters), float32.
        relevance: R_k of the feature maps, shape (N, h, w, filters), float32, in logits.
        strides: of the convolution: an integer, or vertical and horizontal.
        padding: of the convolution: "same" or "valid".

    Returns:
        R_j of the inputs, shape (N, H, W, channels), float32, in logits: an array, or a tensor inside a
        ``tf.function``. Where no input excites a neuron, its relevance is dropped.

    Raises:
        ArgumentError: shapes that do not belong together, or a value that is NaN or infinite.

    Example:
        >>> a, w = np.array([1.0, 2.0]).reshape(1, 1, 2, 1), np.array([2.0, 3.0]).reshape(1, 2, 1, 1)
        >>> z_plus_conv(a, w, np.full((1, 1, 1, 1), 4.0), padding="valid").ravel().tolist()
        [1.0, 3.0]
    """
    a, w, _, R, strides, padding = check_conv(activation, kernel, None, relevance, strides, padding)

    def shares(a: tf.Tensor, w: tf.Tensor) -> tf.Tensor:
        z = tf.nn.conv2d(a, w, strides, padding)
        s = R / stabilized(z)
        c = tf.nn.conv2d_transpose(s, w, tf.shape(a), strides, padding)
        return a * c

    def of_positive_inputs() -> tf.Tensor:
        return shares(a, tf.maximum(w, 0.0))

    def of_any_inputs() -> tf.Tensor:
        # (a w)⁺ = a⁺ w⁺ + a⁻ w⁻: each channel counts as two, of which one is 0.
        two = tf.concat([tf.maximum(a, 0.0), tf.minimum(a, 0.0)], axis=3)
        R_j = shares(two, tf.concat([tf.maximum(w, 0.0), tf.minimum(w, 0.0)], axis=2))
        return tf.add(*tf.split(R_j, 2, axis=3))

    return to_array(tf.cond(tf.reduce_all(a >= 0), of_positive_inputs, of_any_inputs))


def z_box(
    x: np.ndarray,
    kernel: np.ndarray,
    relevance: np.ndarray,
    *,
    low: float | np.ndarray = 0.0,
    high: float | np.ndarray = 1.0,
) -> np.ndarray:
    """Hands the relevance of a first, dense layer's neurons back to inputs between two bounds, by the z^B rule.

    R_i = Σ_j (x_i w_ij - l_i w_ij⁺ - h_i w_ij⁻) / Σ_i' (x_i' w_i'j - l_i' w_i'j⁺ - h_i' w_i'j⁻) R_j: the z^B rule
    of Montavon et al. 2017, where x is in the box l ≤ x ≤ h. With w = w⁺ + w⁻, the numerator is
    (x_i - l_i) w_ij⁺ + (x_i - h_i) w_ij⁻, a sum of two terms that are not negative: computed so, nothing cancels.
    Denominators are stabilized by 1e-9.

    Args:
        x: inputs, shape (N, inputs), float32, between ``low`` and ``high``.
        kernel: w, shape (inputs, units), float32.
        relevance: R_j of the neurons, shape (N, units), float32, in logits.
        low: l, a number, or an array that broadcasts to ``x``, in the unit of ``x``.
        high: h, likewise; not below ``low``.

    Returns:
        R_i of the inputs, shape (N, inputs), float32, in logits: an array, or a tensor inside a ``tf.function``.

    Raises:
        ArgumentError: shapes that do not belong together, a value that is NaN or infinite, ``low`` above ``high``.

    Example:
        >>> z_box(np.array([[0.5, 0.25]]), np.array([[2.0], [-4.0]]), np.array([[8.0]])).tolist()
        [[2.0, 6.0]]
    """
    x, w, _, R = check_dense(x, kernel, None, relevance)
    low, high = check_box(low, high, x)
    w_positive, w_negative = tf.maximum(w, 0.0), tf.minimum(w, 0.0)
    above, below = x - low, x - high
    s = R / stabilized(tf.matmul(above, w_positive) + tf.matmul(below, w_negative))
    c_positive = tf.matmul(s, w_positive, transpose_b=True)
    c_negative = tf.matmul(s, w_negative, transpose_b=True)
    return to_array(above * c_positive + below * c_negative)


def z_box_conv(
    x: np.ndarray,
    kernel: np.ndarray,
    relevance: np.ndarray,
    *,
    low: float | np.ndarray = 0.0,
    high: float | np.ndarray = 1.0,
    strides: int | tuple[int, int] = 1,
    padding: str = "same",
) -> np.ndarray:
    """Hands the relevance of a first, convolutional layer's feature maps back to pixels between two bounds, by z^B.

    The rule of ``z_box``, with a sum over the places that a filter sees. Zero padding stays 0: it is no pixel, and is
    filled neither with ``low`` nor with ``high``.

    Args:
        x: images, shape (N, H, W, channels), float32, between ``low`` and ``high``.
        kernel: w, shape (height, width, channels, filters), float32.
        relevance: R_j of the feature maps, shape (N, h, w, filters), float32, in logits.
        low: l, a number, or an array that broadcasts to ``x``, in the unit of ``x``.
        high: h, likewise; not below ``low``.
        strides: of the convolution: an integer, or vertical and horizontal.
        padding: of the convolution: "same" or "valid".

    Returns:
        R_i of the pixels, shape (N, H, W, channels), float32, in logits: an array, or a tensor inside a
        ``tf.function``.

    Raises:
        ArgumentError: shapes that do not belong together, a value that is NaN or infinite, ``low`` above ``high``.

    Example:
        >>> x, w = np.array([0.5, 0.25]).reshape(1, 1, 2, 1), np.array([2.0, -4.0]).reshape(1, 2, 1, 1)
        >>> z_box_conv(x, w, np.full((1, 1, 1, 1), 8.0), padding="valid").ravel().tolist()
        [2.0, 6.0]
    """
    x, w, _, R, strides, padding = check_conv(x, kernel, None, relevance, strides, padding)
    low, high = check_box(low, high, x)
    w_positive, w_negative = tf.maximum(w, 0.0), tf.minimum(w, 0.0)
    # Both products in one convolution, side by side: images have few channels, and it takes hardly longer.
    offsets, kernels = tf.concat([x - low, x - high], axis=3), tf.concat([w_positive, w_negative], axis=2)
    s = R / stabilized(tf.nn.conv2d(offsets, kernels, strides, padding))
    c = tf.nn.conv2d_transpose(s, kernels, tf.shape(offsets), strides, padding)
    return to_array(tf.add(*tf.split(offsets * c, 2, axis=3)))


def deep_taylor_decomposition(
    model: tf.keras.Model,
    x: np.ndarray,
    target: int | np.ndarray,
    *,
    low: float | np.ndarray = 0.0,
    high: float | np.ndarray = 1.0,
) -> np.ndarray:
    """Explains the target's logit by deep Taylor decomposition.

    The relevance of the last layer is max(0, f_c(x)) at the target, 0 elsewhere. Layer by layer it is handed back: by
    z⁺ in the hidden layers, and by z^B in the first layer with weights, whose inputs are between ``low`` and ``high``;
    unchanged through a ReLU. Pooling is proportional, R_j = a_j · avgpoolᵀ(R / avgpool(a)), max pooling too. Montavon
    et al. 2017; Montavon, Samek & Müller 2018, section 5.2.

    The relevances are not negative and sum to max(0, f_c(x)) as far as every neuron that carries relevance has an input
    that excites it.

    Differs from the source: biases, which must not be positive there, are left out of every denominator here, so none
    takes a share.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax: a chain
            of the layers that ``understanding_nn.steps.steps_of`` knows.
        x: images, shape (N, H, W, C), float32, between ``low`` and ``high``.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        low: the smallest value that a pixel can have: a number, or an array that broadcasts to ``x``.
        high: the largest; not below ``low``.

    Returns:
        The relevance of each pixel, shape of ``x``, float32, in logits; all zeros where f_c(x) is not positive.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, ``low`` above ``high``.
        UnsupportedLayerError: the model ends in a softmax, or has a layer that the rules do not cover.

    Example:
        >>> from understanding_nn import data, networks
        >>> digits = data.mnist()
        >>> model, x, target = networks.load("mnist_cnn_bias_free"), digits.x_test[:2], digits.y_test[:2]
        >>> relevance = deep_taylor_decomposition(model, x, target)
        >>> bool(np.allclose(relevance.sum(axis=(1, 2, 3)), tf.gather(model(x), target, batch_dims=1), rtol=1e-3))
        True
    """
    x, target = check_explanation(model, x, target)
    low, high = check_box(spread("low", low, x), spread("high", high, x), x)

    def in_hidden_layer(step: Step, a: tf.Tensor, R: tf.Tensor) -> tf.Tensor:
        if step.kind == "dense":
            return z_plus(a, step.kernel, R)
        window: dict[str, Any] = {"strides": step.strides, "padding": step.padding}
        if step.kind == "conv":
            return z_plus_conv(a, step.kernel, R, **window)
        if step.kind in ("max_pool", "average_pool"):
            return lrp_pool(a, R, pool_size=step.pool_size, **window, rule="proportional")
        if step.kind == "global_average_pool":
            s = R / stabilized(step.forward(a))
            return a * step.backward(a, s)
        return R if step.kind == "relu" else tf.reshape(R, tf.shape(a))

    def in_first_layer(step: Step, a: tf.Tensor, R: tf.Tensor, low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        if step.kind == "dense":
            return z_box(a, step.kernel, R, low=low, high=high)
        return z_box_conv(a, step.kernel, R, low=low, high=high, strides=step.strides, padding=step.padding)

    def propagated(x: tf.Tensor, target: tf.Tensor, low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
        steps = steps_of(model)
        *activations, logits = inputs_of(steps, x)
        first = next((i for i, step in enumerate(steps) if step.kernel is not None), None)
        # What stands in front of the first weights (a Flatten, a pooling) does to the bounds what it does to the image.
        low, high = (inputs_of(steps[:first], bound)[-1] for bound in (low, high))
        R = tf.nn.relu(logits) * tf.one_hot(target, logits.shape[1])
        for i, (step, a) in reversed(list(enumerate(zip(steps, activations, strict=True)))):
            R = in_first_layer(step, a, R, low, high) if i == first else in_hidden_layer(step, a, R)
        return R

    result: np.ndarray = traced(model, propagated)(x, target, low, high).numpy()
    return result
