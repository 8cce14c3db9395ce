"""Activation maximization: which image does a network take for the best example of a class?"""

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.ascent import check_ascent, check_weight
from understanding_nn.tracing import traced
from understanding_nn.values import spread, to_array


def am_objective(
    model: tf.keras.Model,
    x: np.ndarray,
    target: int | np.ndarray,
    *,
    l2: float = 0.01,
    mean: float | np.ndarray = 0.0,
) -> np.ndarray:
    """Computes what activation maximization makes large: the log probability of a class, less an L2 penalty.

    log p(c | x) - λ ‖x - x̄‖²: Montavon, Samek & Müller 2018, section 3.1, where p(c | x) is the softmax of the logits.
    The penalty is the log of a Gaussian prior around x̄: without it, the ascent has no end.

    Differs from the source: the penalty is centered on an image x̄; there it is centered on the black image, x̄ = 0.

    Args:
        model: ``keras.Model`` from images (N, H, W, C) to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the class c: an integer for all images, or integers of shape (N,).
        l2: λ, the weight of the penalty, not negative.
        mean: x̄: a number, one image (H, W, C), or one for each, (N, H, W, C).

    Returns:
        The objective of each image, shape (N,), float32, in nats. Inside a function that is being compiled a tensor
        that can be differentiated, else an array.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a negative ``l2``.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> x = data.mnist().x_test[:2]
        >>> am_objective(networks.load("mnist_mlp"), x, 3, mean=x).shape
        (2,)
    """
    x, target = check_explanation(model, x, target)
    check_weight("l2", l2)
    log_probabilities = tf.nn.log_softmax(model(x, training=False))
    log_probability = tf.gather(log_probabilities, target, axis=1, batch_dims=1)
    distance = tf.reduce_sum(tf.square(x - spread("mean", mean, x)), axis=tuple(range(1, len(x.shape))))
    objective: np.ndarray = to_array(log_probability - l2 * distance)
    return objective


def activation_maximization(
    model: tf.keras.Model,
    target: int | np.ndarray,
    *,
    start: np.ndarray,
    l2: float = 0.01,
    mean: float | np.ndarray = 0.0,
    learning_rate: float = 0.1,
    num_steps: int = 200,
) -> np.ndarray:
    """Finds a prototype of a class: an image of large objective, by gradient ascent from a given image.

    x ← x + η ∇(log p(c | x) - λ ‖x - x̄‖²), ``num_steps`` times: Montavon, Samek & Müller 2018, section 3.1. Pixels are
    not clipped: where the prototype leaves [0, 1] is a part of what it shows.

    Differs from the source: the ascent starts where the caller says. At the black image a bias-free ReLU network has
    the gradient 0, and an ascent that starts there never moves.

    Args:
        model: ``keras.Model`` from images (N, H, W, C) to logits (N, K), without softmax.
        target: index of the class c: an integer for all prototypes, or integers of shape (N,).
        start: the images that the ascent starts from, one for each prototype, shape (N, H, W, C), float32.
        l2: λ, the weight of the penalty, not negative.
        mean: x̄: a number, one image (H, W, C), or one for each, (N, H, W, C).
        learning_rate: η, the length of a step for a gradient of length 1, positive.
        num_steps: how many steps, 0 or more.

    Returns:
        The prototypes, shape (N, H, W, C), float32, in the unit of pixels, not clipped. One does not depend on the
        others.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a negative number where
            none may be.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> digits = data.mnist()
        >>> means = np.stack([digits.x_train[digits.y_train == digit].mean(axis=0) for digit in range(10)])
        >>> prototypes = activation_maximization(networks.load("mnist_mlp"), range(10), start=means, mean=means)
        >>> prototypes.shape
        (10, 28, 28, 1)
    """
    x, target = check_explanation(model, start, target)
    check_ascent(learning_rate, num_steps)

    def ascend(x: tf.Tensor, target: tf.Tensor, mean: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            objective = am_objective(model, x, target, l2=l2, mean=mean)
        return x + learning_rate * tape.gradient(objective, x)

    mean, step = spread("mean", mean, x), traced(model, ascend, at_once=True)
    for _ in range(num_steps):
        x = step(x, target, mean)
    prototypes: np.ndarray = x.numpy()
    return prototypes
