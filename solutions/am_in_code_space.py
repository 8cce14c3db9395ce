"""Activation maximization in code space: prototypes among the images that a generator can make."""

import numpy as np
import tensorflow as tf

from understanding_nn.ascent import check_ascent, check_codes, check_weight
from understanding_nn.tracing import traced
from understanding_nn.values import spread, to_array


def code_objective(
    model: tf.keras.Model,
    generator: tf.keras.Model,
    codes: np.ndarray,
    target: int | np.ndarray,
    *,
    l2: float = 0.01,
    mean: float | np.ndarray = 0.0,
) -> np.ndarray:
    """Computes what activation maximization in code space makes large.

    log p(c | g(z)) - λ ‖z - z̄‖²: Montavon, Samek & Müller 2018, section 3.3, after Nguyen et al. 2016. The image g(z)
    is what the generator makes of the code z. The penalty keeps the code where the generator was trained.

    Differs from the source: the penalty is centered on a code z̄; there it is centered on the code 0.

    Args:
        model: ``keras.Model`` from images (N, H, W, C) to logits (N, K), without softmax.
        generator: ``keras.Model`` from codes (N, D) to images (N, H, W, C).
        codes: shape (N, D), float32.
        target: index of the class c: an integer for all codes, or integers of shape (N,).
        l2: λ, the weight of the penalty, not negative.
        mean: z̄: a number, one code (D,), or one for each, (N, D).

    Returns:
        The objective of each code, shape (N,), float32, in nats. Inside a function that is being compiled a tensor
        that can be differentiated, else an array.

    Raises:
        ArgumentError: networks that do not fit together, a wrong shape, a value that is NaN or infinite, a target out
            of range, a negative ``l2``.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import networks
        >>> codes = np.zeros((2, 100), np.float32)
        >>> code_objective(networks.load("mnist_mlp"), networks.load("mnist_generator"), codes, 3).shape
        (2,)
    """
    codes, target = check_codes(model, generator, codes, target)
    check_weight("l2", l2)
    images = generator(codes, training=False)
    log_probabilities = tf.nn.log_softmax(model(images, training=False))
    log_probability = tf.gather(log_probabilities, target, axis=1, batch_dims=1)
    distance = tf.reduce_sum(tf.square(codes - spread("mean", mean, codes)), axis=1)
    objective: np.ndarray = to_array(log_probability - l2 * distance)
    return objective


def am_in_code_space(
    model: tf.keras.Model,
    generator: tf.keras.Model,
    target: int | np.ndarray,
    *,
    start: np.ndarray,
    l2: float = 0.01,
    mean: float | np.ndarray = 0.0,
    learning_rate: float = 0.1,
    num_steps: int = 200,
) -> tuple[np.ndarray, np.ndarray]:
    """Finds a prototype of a class among the images of a generator, by gradient ascent on its code.

    z ← z + η ∇(log p(c | g(z)) - λ ‖z - z̄‖²), ``num_steps`` times; the prototype is g(z): Montavon, Samek & Müller
    2018, section 3.3, after Nguyen et al. 2016.

    Args:
        model: ``keras.Model`` from images (N, H, W, C) to logits (N, K), without softmax.
        generator: ``keras.Model`` from codes (N, D) to images (N, H, W, C).
        target: index of the class c: an integer for all prototypes, or integers of shape (N,).
        start: the codes that the ascent starts from, one for each prototype, shape (N, D), float32.
        l2: λ, the weight of the penalty, not negative.
        mean: z̄: a number, one code (D,), or one for each, (N, D).
        learning_rate: η, the length of a step for a gradient of length 1, positive.
        num_steps: how many steps, 0 or more.

    Returns:
        The codes, shape (N, D), and the prototypes, shape (N, H, W, C), both float32. One does not depend on the
        others.

    Raises:
        ArgumentError: networks that do not fit together, a wrong shape, a value that is NaN or infinite, a target out
            of range, a negative number where none may be.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> model, x = networks.load("mnist_mlp"), data.mnist().x_test[:2]
        >>> start = tf.keras.Model(model.inputs[0], model.get_layer("code").output)(x)
        >>> codes, images = am_in_code_space(model, networks.load("mnist_generator"), [3, 8], start=start)
        >>> codes.shape, images.shape
        ((2, 100), (2, 28, 28, 1))
    """
    codes, target = check_codes(model, generator, start, target)
    check_ascent(learning_rate, num_steps)

    def ascend(codes: tf.Tensor, target: tf.Tensor, mean: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(codes)
            objective = code_objective(model, generator, codes, target, l2=l2, mean=mean)
        return codes + learning_rate * tape.gradient(objective, codes)

    mean, step = spread("mean", mean, codes), traced(model, ascend, at_once=True)
    for _ in range(num_steps):
        codes = step(codes, target, mean)
    images: np.ndarray = generator(codes, training=False).numpy()
    return codes.numpy(), images
