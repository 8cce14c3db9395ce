"""DeepLIFT: how much each pixel's difference from a reference contributes to the output's difference."""

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.layer_arguments import check_pre_activations
from understanding_nn.steps import Step, inputs_of, steps_of
from understanding_nn.tracing import traced
from understanding_nn.values import spread, to_array


def rescale_multiplier(pre: np.ndarray, pre_reference: np.ndarray) -> np.ndarray:
    """Computes the multiplier of a ReLU by the rescale rule.

    m = (max(0, z) - max(0, z')) / (z - z'): Shrikumar, Greenside & Kundaje 2017, section 3.5.2. The slope of the chord
    between reference z' and input z, where the gradient is the slope at z alone. Where |z - z'| < 1e-7 there is no
    chord, and m is the gradient at z: 1 if z > 0, else 0.

    Args:
        pre: z, what goes into the ReLU, any shape, float32.
        pre_reference: z', what goes into it for the reference; a shape that broadcasts to that of ``pre``.

    Returns:
        The multiplier, shape of ``pre``, float32, between 0 and 1, without unit: an array, or a tensor inside a
        ``tf.function``.

    Raises:
        ArgumentError: not numbers, a shape that does not broadcast, or a value that is NaN or infinite.

    Example:
        >>> rescale_multiplier(np.array([3.0, 3.0, -1.0]), np.array([1.0, -1.0, -1.0])).tolist()
        [1.0, 0.75, 0.0]
    """
    pre, pre_reference = check_pre_activations(pre, pre_reference)
    difference = pre - pre_reference
    chord = tf.math.divide_no_nan(tf.nn.relu(pre) - tf.nn.relu(pre_reference), difference)
    gradient = tf.cast(pre > 0, tf.float32)
    return to_array(tf.where(tf.abs(difference) < 1e-7, gradient, chord))


def deeplift(
    model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray, *, reference: float | np.ndarray = 0.0
) -> np.ndarray:
    """Explains the target's logit, compared with its value at a reference, by DeepLIFT.

    R_i = m_i (x_i - x'_i): Shrikumar, Greenside & Kundaje 2017. The multipliers m go back from 1 at the target's logit,
    by the chain rule (equation 3): through a linear layer by its transposed map (linear rule), through a ReLU by
    ``rescale_multiplier``. The attributions sum to f_c(x) - f_c(x').

    Differs from the source: max pooling goes by the cross-maximum rule, where the paper takes the gradient and no
    longer adds up. A pool's output is y for the input and y' for the reference, and M = max(y, y'). The place of the
    largest input gets the contribution m (M - y'), the place of the largest reference m (y - M); divided by its own
    difference from the reference, each is the multiplier of its place. Where that difference is below 1e-7, the
    multiplier is the gradient at x.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax: a chain
            of the layers that ``understanding_nn.steps.steps_of`` knows.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        reference: x', what an image is compared with: a number, one image (H, W, C), or one for each, (N, H, W, C).

    Returns:
        The attribution of each pixel, shape of ``x``, float32, in logits; sums to f_c(x) - f_c(x').

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range.
        UnsupportedLayerError: the model ends in a softmax, or has a layer that the rules do not cover.

    Example:
        >>> from understanding_nn import data, networks
        >>> model, x = networks.load("mnist_cnn"), data.mnist().x_test[:2]
        >>> attribution = deeplift(model, x, 3, reference=0.0)
        >>> difference = model(x)[:, 3] - model(np.zeros_like(x))[:, 3]
        >>> bool(np.allclose(attribution.sum(axis=(1, 2, 3)), difference, rtol=1e-3))
        True
    """
    x, target = check_explanation(model, x, target)
    reference = spread("reference", reference, x)

    def cross_maximum(step: Step, a: tf.Tensor, a_reference: tf.Tensor, m: tf.Tensor) -> tf.Tensor:
        a_reference = tf.broadcast_to(a_reference, tf.shape(a))
        y, y_reference = step.forward(a), step.forward(a_reference)
        larger = tf.maximum(y, y_reference)
        at_input = step.backward(a, m * (larger - y_reference))
        at_reference = step.backward(a_reference, m * (y - larger))
        difference = a - a_reference
        chord = tf.math.divide_no_nan(at_input + at_reference, difference)
        return tf.where(tf.abs(difference) < 1e-7, step.backward(a, m), chord)

    def contributions(x: tf.Tensor, target: tf.Tensor, reference: tf.Tensor) -> tf.Tensor:
        steps = steps_of(model)
        *activations, logits = inputs_of(steps, x)
        *activations_of_reference, _ = inputs_of(steps, reference)
        m = tf.one_hot(target, logits.shape[1])
        for step, a, a_reference in zip(
            reversed(steps), reversed(activations), reversed(activations_of_reference), strict=True
        ):
            if step.kind == "relu":
                m = m * rescale_multiplier(a, a_reference)
            elif step.kind == "max_pool":
                m = cross_maximum(step, a, a_reference, m)
            else:
                m = step.backward(a, m)
        return m * (x - reference)

    result: np.ndarray = traced(model, contributions)(x, target, reference).numpy()
    return result
