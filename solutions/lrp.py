"""Layer-wise relevance propagation: the output handed back, layer by layer, to those who contributed to it."""

from typing import Any

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.errors import ArgumentError
from understanding_nn.layer_arguments import check_alpha_beta, check_conv, check_dense, check_pool
from understanding_nn.steps import Step, inputs_of, steps_of
from understanding_nn.tracing import traced
from understanding_nn.values import stabilized, to_array


def lrp_dense(
    activation: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    relevance: np.ndarray,
    *,
    alpha: float = 1.0,
    beta: float = 0.0,
) -> np.ndarray:
    """Hands the relevance of a dense layer's neurons back to its inputs, by the alpha-beta rule.

    R_j = Σ_k (alpha (a_j w_jk)⁺ / z_k⁺ - beta (a_j w_jk)⁻ / z_k⁻) R_k, with z_k⁺ = Σ_j (a_j w_jk)⁺ + b_k⁺ and z_k⁻
    alike: Bach et al. 2015, equation 60; Montavon, Samek & Müller 2018, section 5.1. (v)⁺ = max(v, 0) and
    (v)⁻ = min(v, 0). A bias takes its share, which is then lost. Denominators are stabilized by 1e-9.

    Differs from the source: Bach et al. write beta with the other sign, so that their alpha + beta = 1.

    Args:
        activation: a, what goes into the layer, shape (N, inputs), float32; of either sign.
        kernel: w, shape (inputs, units), float32.
        bias: b, shape (units,), float32, or None.
        relevance: R_k of the neurons, shape (N, units), float32, in logits.
        alpha: weight of the contributions for a neuron; alpha - beta = 1.
        beta: weight of the contributions against it.

    Returns:
        R_j of the inputs, shape (N, inputs), float32, in logits: an array, or a tensor inside a ``tf.function``. Where
        all contributions to a neuron vanish, its relevance is dropped.

    Raises:
        ArgumentError: shapes that do not belong together, a value that is NaN or infinite, alpha - beta is not 1.

    Example:
        >>> a, w, R = np.array([[1.0, 2.0]]), np.array([[3.0], [-1.0]]), np.array([[1.0]])
        >>> lrp_dense(a, w, None, R, alpha=2.0, beta=1.0).tolist()
        [[2.0, -1.0]]
    """
    a, w, b, R = check_dense(activation, kernel, bias, relevance)
    check_alpha_beta(alpha, beta)

    def positive(v: tf.Tensor) -> tf.Tensor:
        return tf.maximum(v, 0.0)

    def negative(v: tf.Tensor) -> tf.Tensor:
        return tf.minimum(v, 0.0)

    def shares(a: tf.Tensor, w: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        z = tf.matmul(a, w) + b
        s = R / stabilized(z)
        c = tf.matmul(s, w, transpose_b=True)
        return a * c

    def of_positive_inputs() -> tf.Tensor:
        R_j = alpha * shares(a, positive(w), positive(b))
        return R_j - beta * shares(a, negative(w), negative(b)) if beta else R_j

    def of_any_inputs() -> tf.Tensor:
        # (a w)⁺ = a⁺ w⁺ + a⁻ w⁻ and (a w)⁻ = a⁺ w⁻ + a⁻ w⁺: each input counts as two, of which one is 0.
        two = tf.concat([positive(a), negative(a)], axis=1)
        R_j = alpha * shares(two, tf.concat([positive(w), negative(w)], axis=0), positive(b))
        if beta:
            R_j -= beta * shares(two, tf.concat([negative(w), positive(w)], axis=0), negative(b))
        return tf.add(*tf.split(R_j, 2, axis=1))

    return to_array(tf.cond(tf.reduce_all(a >= 0), of_positive_inputs, of_any_inputs))


def lrp_conv(
    activation: np.ndarray,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    relevance: np.ndarray,
    *,
    strides: int | tuple[int, int] = 1,
    padding: str = "same",
    alpha: float = 1.0,
    beta: float = 0.0,
) -> np.ndarray:
    """Hands the relevance of a convolution's feature maps back to its inputs, by the alpha-beta rule.

    The rule of ``lrp_dense``, with a sum over the places that a filter sees: z through a convolution, c through the
    transposed convolution.

    Args:
        activation: a, what goes into the layer, shape (N, H, W, channels), float32; of either sign.
        kernel: w, shape (height, width, channels, filters), float32.
        bias: b, shape (filters,), float32, or None.
        relevance: R_k of the feature maps, shape (N, h, w, filters), float32, in logits.
        strides: of the convolution: an integer, or vertical and horizontal.
        padding: of the convolution: "same" or "valid".
        alpha: weight of the contributions for a neuron; alpha - beta = 1.
        beta: weight of the contributions against it.

    Returns:
        R_j of the inputs, shape (N, H, W, channels), float32, in logits: an array, or a tensor inside a
        ``tf.function``. Where all contributions to a neuron vanish, its relevance is dropped.

    Raises:
        ArgumentError: shapes that do not belong together, a value that is NaN or infinite, alpha - beta is not 1.

    Example:
        >>> a, w = np.array([1.0, 2.0]).reshape(1, 1, 2, 1), np.array([3.0, -1.0]).reshape(1, 2, 1, 1)
        >>> lrp_conv(a, w, None, np.ones((1, 1, 1, 1)), padding="valid", alpha=2.0, beta=1.0).ravel().tolist()
        [2.0, -1.0]
    """
    a, w, b, R, strides, padding = check_conv(activation, kernel, bias, relevance, strides, padding)
    check_alpha_beta(alpha, beta)

    def positive(v: tf.Tensor) -> tf.Tensor:
        return tf.maximum(v, 0.0)

    def negative(v: tf.Tensor) -> tf.Tensor:
        return tf.minimum(v, 0.0)

    def shares(a: tf.Tensor, w: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
        z = tf.nn.conv2d(a, w, strides, padding) + b
        s = R / stabilized(z)
        c = tf.nn.conv2d_transpose(s, w, tf.shape(a), strides, padding)
        return a * c

    def of_positive_inputs() -> tf.Tensor:
        R_j = alpha * shares(a, positive(w), positive(b))
        return R_j - beta * shares(a, negative(w), negative(b)) if beta else R_j

    def of_any_inputs() -> tf.Tensor:
        # (a w)⁺ = a⁺ w⁺ + a⁻ w⁻ and (a w)⁻ = a⁺ w⁻ + a⁻ w⁺: each channel counts as two, of which one is 0.
        two = tf.concat([positive(a), negative(a)], axis=3)
        R_j = alpha * shares(two, tf.concat([positive(w), negative(w)], axis=2), positive(b))
        if beta:
            R_j -= beta * shares(two, tf.concat([negative(w), positive(w)], axis=2), negative(b))
        return tf.add(*tf.split(R_j, 2, axis=3))

    return to_array(tf.cond(tf.reduce_all(a >= 0), of_positive_inputs, of_any_inputs))


def lrp_pool(
    activation: np.ndarray,
    relevance: np.ndarray,
    *,
    pool_size: int | tuple[int, int] = 2,
    strides: int | tuple[int, int] | None = None,
    padding: str = "valid",
    rule: str = "winner_take_all",
) -> np.ndarray:
    """Hands the relevance of a pooling layer's outputs back to its inputs.

    "winner_take_all": all of it goes to the largest value of each window, the first of equal ones. "proportional":
    R_j = Σ_k (a_j / Σ_i a_i) R_k, each place of the window in proportion to its value, as in deep Taylor decomposition:
    Montavon et al. 2017. The mean of a window is stabilized by 1e-9. Padding takes no part.

    Args:
        activation: a, what goes into the layer, shape (N, H, W, channels), float32.
        relevance: R_k of what comes out, shape (N, h, w, channels), float32, in logits.
        pool_size: of the pooling: an integer, or height and width.
        strides: of the pooling: an integer, or vertical and horizontal; None is the pool size.
        padding: of the pooling: "same" or "valid".
        rule: "winner_take_all" or "proportional".

    Returns:
        R_j of the inputs, shape of ``activation``, float32, in logits: an array, or a tensor inside a ``tf.function``.

    Raises:
        ArgumentError: shapes that do not belong together, a value that is NaN or infinite, an unknown rule.

    Example:
        >>> a, R = np.array([1.0, 3.0]).reshape(1, 1, 2, 1), np.full((1, 1, 1, 1), 8.0)
        >>> lrp_pool(a, R, pool_size=(1, 2), rule="proportional").ravel().tolist()
        [2.0, 6.0]
    """
    a, R, pool_size, strides, padding = check_pool(activation, relevance, pool_size, strides, padding)
    pools = {"winner_take_all": tf.nn.max_pool2d, "proportional": tf.nn.avg_pool2d}
    if rule not in pools:
        raise ArgumentError(f"rule is {rule!r}; expected 'winner_take_all' or 'proportional'.")
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(a)
        z = pools[rule](a, pool_size, strides, padding)
    if rule == "winner_take_all":
        return to_array(tape.gradient(z, a, output_gradients=R))
    s = R / stabilized(z)
    c = tape.gradient(z, a, output_gradients=s)
    return to_array(a * c)


def lrp(
    model: tf.keras.Model,
    x: np.ndarray,
    target: int | np.ndarray,
    *,
    alpha: float = 2.0,
    beta: float = 1.0,
    pool_rule: str = "winner_take_all",
) -> np.ndarray:
    """Explains the target's logit by layer-wise relevance propagation with the alpha-beta rule.

    The relevance of the last layer is f_c(x) at the target, 0 elsewhere. Layer by layer, back to the pixels, it is
    handed on: by ``lrp_dense`` and ``lrp_conv``; by ``lrp_pool``, proportionally through average pooling; unchanged
    through a ReLU. Bach et al. 2015; Montavon, Samek & Müller 2018, section 5.1.

    With alpha 1, beta 0, and without biases, the relevances sum to f_c(x) if some input speaks for the logit. With
    beta > 0 they do not where a neuron has contributions of one sign only.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax: a chain
            of the layers that ``understanding_nn.steps.steps_of`` knows.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        alpha: weight of the contributions for a neuron; alpha - beta = 1.
        beta: weight of the contributions against it.
        pool_rule: for max pooling: "winner_take_all" or "proportional".

    Returns:
        The relevance of each pixel, shape of ``x``, float32, in logits.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, alpha - beta is not 1.
        UnsupportedLayerError: the model ends in a softmax, or has a layer that the rules do not cover.

    Example:
        >>> from understanding_nn import data, networks
        >>> model, x = networks.load("mnist_mlp"), data.mnist().x_test[:2]
        >>> relevance = lrp(model, x, 3, alpha=1.0, beta=0.0)
        >>> bool(np.allclose(relevance.sum(axis=(1, 2, 3)), model(x)[:, 3], rtol=1e-3))
        True
    """
    x, target = check_explanation(model, x, target)
    check_alpha_beta(alpha, beta)

    def redistributed(step: Step, a: tf.Tensor, R: tf.Tensor) -> tf.Tensor:
        if step.kind == "dense":
            return lrp_dense(a, step.kernel, step.bias, R, alpha=alpha, beta=beta)
        window: dict[str, Any] = {"strides": step.strides, "padding": step.padding}
        if step.kind == "conv":
            return lrp_conv(a, step.kernel, step.bias, R, **window, alpha=alpha, beta=beta)
        if step.kind in ("max_pool", "average_pool"):
            rule = pool_rule if step.kind == "max_pool" else "proportional"
            return lrp_pool(a, R, pool_size=step.pool_size, **window, rule=rule)
        if step.kind == "global_average_pool":
            s = R / stabilized(step.forward(a))
            return a * step.backward(a, s)
        return R if step.kind == "relu" else tf.reshape(R, tf.shape(a))

    def propagated(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        steps = steps_of(model)
        *activations, logits = inputs_of(steps, x)
        R = logits * tf.one_hot(target, logits.shape[1])
        for step, a in zip(reversed(steps), reversed(activations), strict=True):
            R = redistributed(step, a, R)
        return R

    result: np.ndarray = traced(model, propagated)(x, target).numpy()
    return result


def lrp_epsilon(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray, *, epsilon: float = 0.01) -> np.ndarray:
    """Explains the target's logit by layer-wise relevance propagation with the epsilon rule.

    R_j = Σ_k a_j w_jk / (z_k + ε sign(z_k)) R_k, with z_k = Σ_j a_j w_jk + b_k and sign(0) = 1: Bach et al. 2015,
    equation 58. ε takes relevance from neurons whose contributions nearly cancel. Max pooling hands all relevance to
    the largest value; average pooling is proportional, always stabilized by 1e-9; a ReLU passes relevance on.

    On a ReLU network without biases, ε → 0 gives x ⊙ ∇f_c(x), the simple Taylor decomposition.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax: a chain
            of the layers that ``understanding_nn.steps.steps_of`` knows.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        epsilon: ε > 0, in the unit of the layers' sums.

    Returns:
        The relevance of each pixel, shape of ``x``, float32, in logits.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, an epsilon that is not
            positive.
        UnsupportedLayerError: the model ends in a softmax, or has a layer that the rules do not cover.

    Example:
        >>> from understanding_nn import data, networks
        >>> lrp_epsilon(networks.load("mnist_cnn"), data.mnist().x_test[:2], 3).shape
        (2, 28, 28, 1)
    """
    x, target = check_explanation(model, x, target)
    if not 0 < epsilon < np.inf:
        raise ArgumentError(f"epsilon is {epsilon}; expected a positive number, for instance 0.01.")

    def redistributed(step: Step, a: tf.Tensor, R: tf.Tensor) -> tf.Tensor:
        if step.kind == "relu":
            return R
        if step.kind in ("max_pool", "flatten"):
            return step.backward(a, R)
        z = step.forward(a)
        s = R / stabilized(z, epsilon if step.kind in ("dense", "conv") else 1e-9)
        c = step.backward(a, s)
        return a * c

    def propagated(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        steps = steps_of(model)
        *activations, logits = inputs_of(steps, x)
        R = logits * tf.one_hot(target, logits.shape[1])
        for step, a in zip(reversed(steps), reversed(activations), strict=True):
            R = redistributed(step, a, R)
        return R

    result: np.ndarray = traced(model, propagated)(x, target).numpy()
    return result
