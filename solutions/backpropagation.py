"""Backpropagation: the gradient as a picture, of a class (visualization) and of an image (saliency)."""

import numpy as np
import tensorflow as tf

from solutions.sensitivity_analysis import logit_gradient
from understanding_nn.arguments import check_explanation
from understanding_nn.ascent import check_ascent, check_weight
from understanding_nn.tracing import traced
from understanding_nn.values import spread


def class_model_visualization(
    model: tf.keras.Model,
    target: int | np.ndarray,
    *,
    start: np.ndarray,
    l2: float = 0.01,
    mean: float | np.ndarray = 0.0,
    learning_rate: float = 0.1,
    num_steps: int = 200,
) -> np.ndarray:
    """Changes images until the target's logit is large: what does the network want to see of a class?

    Gradient ascent on f_c(x) - λ ‖x - x̄‖², with λ = ``l2`` and x̄ = ``mean``: Simonyan, Vedaldi & Zisserman 2014,
    section 2, equation 1. Each step is x ← x + learning_rate · (∂f_c/∂x - 2 λ (x - x̄)); values are not clipped. The
    objective takes the logit, not the softmax: a probability is also raised by making the other classes less likely.

    Differs from the source: Simonyan et al. start from the black image and add the mean of the training images
    afterwards. On a network without biases the gradient at the black image is 0, and nothing would move; so start and
    mean are arguments.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        start: where the ascent starts, shape (N, H, W, C), float32.
        l2: λ, 0 or more, in logits per squared unit of pixel value.
        mean: x̄: a number, one image (H, W, C), or one for each, (N, H, W, C).
        learning_rate: length of a step per unit of the gradient, positive.
        num_steps: number of steps, 0 or more.

    Returns:
        Images, shape of ``start``, float32; values may leave [0, 1].

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a negative ``l2`` or
            ``num_steps``, a learning rate that is not positive.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import networks
        >>> model, start = networks.load("mnist_cnn"), np.full((1, 28, 28, 1), 0.1)
        >>> image = class_model_visualization(model, 3, start=start, num_steps=5)
        >>> bool(model(image)[0, 3] > model(start)[0, 3])
        True
    """
    start, target = check_explanation(model, start, target)
    mean = spread("mean", mean, start)
    check_weight("l2", l2)
    check_ascent(learning_rate, num_steps)

    def ascent(
        x: tf.Tensor, target: tf.Tensor, mean: tf.Tensor, l2: tf.Tensor, rate: tf.Tensor, num_steps: tf.Tensor
    ) -> tf.Tensor:
        def step_is_left(k: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
            return k < num_steps

        def step(k: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(x)
                logits = model(x, training=False)
            of_target = tf.one_hot(target, logits.shape[-1])
            gradient = tape.gradient(logits, x, output_gradients=of_target, unconnected_gradients="zero")
            return k + 1, x + rate * (gradient - 2 * l2 * (x - mean))

        return tf.while_loop(step_is_left, step, (0, x))[1]

    numbers = np.float32(l2), np.float32(learning_rate), np.int32(num_steps)
    image: np.ndarray = traced(model, ascent, at_once=True)(start, target, mean, *numbers).numpy()
    return image


def backpropagation(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray) -> np.ndarray:
    """Computes the saliency of each pixel: how strongly the target's logit reacts to it, in either direction.

    R_i(x) = |∂f_c / ∂x_i|: Simonyan, Vedaldi & Zisserman 2014, section 3. Its square is the sensitivity.

    Differs from the source: channels are kept apart, where Simonyan et al. take the largest of each pixel:
    ``R.max(axis=-1)``.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).

    Returns:
        The attribution of each pixel, shape of ``x``, float32, not negative, in logits per unit of pixel value.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> attribution = backpropagation(networks.load("mnist_cnn"), data.mnist().x_test[:2], 3)
        >>> attribution.shape, bool((attribution >= 0).all())
        ((2, 28, 28, 1), True)
    """
    attribution: np.ndarray = np.abs(logit_gradient(model, x, target))
    return attribution
