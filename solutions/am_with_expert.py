"""Activation maximization with an expert: prototypes that a model of the data finds likely, too."""

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.ascent import check_ascent, check_rbm, check_weight
from understanding_nn.tracing import traced
from understanding_nn.values import to_array


def rbm_log_density(
    x: np.ndarray, weights: np.ndarray, visible_bias: np.ndarray, hidden_bias: np.ndarray
) -> np.ndarray:
    """Computes the log density of images under a restricted Boltzmann machine, up to a constant.

    log p(x) = Σ_i a_i x_i + Σ_j log(1 + exp(Σ_i x_i w_ij + b_j)) - log Z: Montavon, Samek & Müller 2018, section 3.2.
    The hidden units are summed over, which gives the soft plus of each one's input. Z, the same for all images, is not
    known, and left out.

    Differs from the source: there the machine is Gaussian, with a quadratic term in the pixels besides; here a pixel
    in [0, 1] is the probability of a binary unit.

    Args:
        x: images, shape (N, H, W, C) or (N, D), float32 in [0, 1].
        weights: w, shape (D, hidden) with D = H W C: pixels in the order of a flattened image.
        visible_bias: a, shape (D,).
        hidden_bias: b, shape (hidden,).

    Returns:
        The log density of each image, shape (N,), float32, in nats, plus log Z. Inside a function that is being
        compiled a tensor that can be differentiated, else an array.

    Raises:
        ArgumentError: shapes that do not fit together, or a value that is NaN or infinite.

    Example:
        >>> log_density = rbm_log_density(np.ones((1, 2)), np.zeros((2, 3)), np.array([1.0, 2.0]), np.zeros(3))
        >>> round(float(log_density[0]), 4)  # 1 + 2 + 3 log 2
        5.0794
    """
    x, weights, visible_bias, hidden_bias = check_rbm(x, weights, visible_bias, hidden_bias)
    into_hidden = tf.matmul(x, weights) + hidden_bias
    log_density: np.ndarray = to_array(
        tf.linalg.matvec(x, visible_bias) + tf.reduce_sum(tf.nn.softplus(into_hidden), axis=1)
    )
    return log_density


def expert_objective(
    model: tf.keras.Model,
    x: np.ndarray,
    target: int | np.ndarray,
    weights: np.ndarray,
    visible_bias: np.ndarray,
    hidden_bias: np.ndarray,
    *,
    strength: float = 0.01,
) -> np.ndarray:
    """Computes what activation maximization with an expert makes large.

    log p(c | x) + s log p(x): Montavon, Samek & Müller 2018, section 3.2, with the restricted Boltzmann machine of
    ``rbm_log_density`` as the expert p(x).

    Differs from the source: the strength s of the expert; there it is 1.

    Args:
        model: ``keras.Model`` from images (N, H, W, C) to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the class c: an integer for all images, or integers of shape (N,).
        weights: of the expert, shape (H W C, hidden).
        visible_bias: of the expert, shape (H W C,).
        hidden_bias: of the expert, shape (hidden,).
        strength: s, the weight of the expert, not negative.

    Returns:
        The objective of each image, shape (N,), float32, in nats. Inside a function that is being compiled a tensor
        that can be differentiated, else an array.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a negative ``strength``.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks, rbm
        >>> expert = rbm.load()
        >>> biases = expert.visible_bias, expert.hidden_bias
        >>> expert_objective(networks.load("mnist_mlp"), data.mnist().x_test[:2], 3, expert.weights, *biases).shape
        (2,)
    """
    x, target = check_explanation(model, x, target)
    check_weight("strength", strength)
    log_probabilities = tf.nn.log_softmax(model(x, training=False))
    log_probability = tf.gather(log_probabilities, target, axis=1, batch_dims=1)
    log_density = rbm_log_density(x, weights, visible_bias, hidden_bias)
    objective: np.ndarray = to_array(log_probability + strength * log_density)
    return objective


def am_with_expert(
    model: tf.keras.Model,
    target: int | np.ndarray,
    weights: np.ndarray,
    visible_bias: np.ndarray,
    hidden_bias: np.ndarray,
    *,
    start: np.ndarray,
    strength: float = 0.01,
    learning_rate: float = 0.1,
    num_steps: int = 200,
) -> np.ndarray:
    """Finds a prototype of a class that an expert finds likely, by projected gradient ascent.

    x ← clip(x + η ∇(log p(c | x) + s log p(x)), 0, 1), ``num_steps`` times: Montavon, Samek & Müller 2018, section 3.2.
    The machine's density is one of pixels in [0, 1] and grows without end outside, so each step ends inside.

    Args:
        model: ``keras.Model`` from images (N, H, W, C) to logits (N, K), without softmax.
        target: index of the class c: an integer for all prototypes, or integers of shape (N,).
        weights: of the expert, shape (H W C, hidden).
        visible_bias: of the expert, shape (H W C,).
        hidden_bias: of the expert, shape (hidden,).
        start: the images that the ascent starts from, one for each prototype, shape (N, H, W, C), float32.
        strength: s, the weight of the expert, not negative.
        learning_rate: η, the length of a step for a gradient of length 1, positive.
        num_steps: how many steps, 0 or more.

    Returns:
        The prototypes, shape (N, H, W, C), float32 in [0, 1] after the first step. One does not depend on the others.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a negative number where
            none may be.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks, rbm
        >>> digits, expert = data.mnist(), rbm.load()
        >>> means = np.stack([digits.x_train[digits.y_train == digit].mean(axis=0) for digit in range(10)])
        >>> parts = expert.weights, expert.visible_bias, expert.hidden_bias
        >>> am_with_expert(networks.load("mnist_mlp"), range(10), *parts, start=means).shape
        (10, 28, 28, 1)
    """
    x, target = check_explanation(model, start, target)
    _, *expert = check_rbm(x, weights, visible_bias, hidden_bias)
    check_ascent(learning_rate, num_steps)

    def ascend(x: tf.Tensor, target: tf.Tensor, *expert: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            objective = expert_objective(model, x, target, *expert, strength=strength)
        return tf.clip_by_value(x + learning_rate * tape.gradient(objective, x), 0.0, 1.0)

    step = traced(model, ascend, at_once=True)
    for _ in range(num_steps):
        x = step(x, target, *expert)
    prototypes: np.ndarray = x.numpy()
    return prototypes
