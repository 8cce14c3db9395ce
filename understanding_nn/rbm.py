"""The restricted Boltzmann machine that comes with the package: a model of what digits look like.

A machine of binary units: pixels x and hidden units h with p(x, h) ∝ exp(x·a + h·b + x·W h). What is connected is only
a pixel with a hidden unit, so that given one side, the units of the other are independent: they can be drawn at once.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from understanding_nn.errors import ArgumentError
from understanding_nn.files import REINSTALL, read_arrays
from understanding_nn.networks.packaged import FOLDER

NAME = "mnist_rbm"


@dataclass(frozen=True)
class Rbm:
    """A restricted Boltzmann machine of binary units.

    Attributes:
        weights: W, shape (pixels, hidden), float32.
        visible_bias: a, shape (pixels,), float32.
        hidden_bias: b, shape (hidden,), float32.

    Example:
        >>> Rbm(np.zeros((4, 2)), np.zeros(4), np.zeros(2)).weights.shape
        (4, 2)
    """

    weights: Any
    visible_bias: Any
    hidden_bias: Any


def load() -> Rbm:
    """Loads the machine that was trained on the packaged digits.

    ``networks.card("mnist_rbm")`` says how; ``python -m understanding_nn.networks train mnist_rbm`` trains it anew.

    Returns:
        The machine: 784 pixels, in the order of a flattened image; its arrays are copies of your own, float32.

    Raises:
        DataError: the packaged weights are missing or damaged.

    Example:
        >>> load().weights.shape[0]
        784
    """
    return Rbm(*(array.astype(np.float32) for array in _arrays()))


def sample(
    machine: Rbm,
    num_samples: int | None = None,
    *,
    num_steps: int = 1000,
    seed: int,
    start: np.ndarray | None = None,
) -> np.ndarray:
    """Draws images from a machine by block Gibbs sampling: all hidden units given the pixels, then all pixels.

    Args:
        machine: the machine.
        num_samples: how many chains, one sample from each; not needed where ``start`` says it.
        num_steps: how often both sides are drawn; the samples of a short chain still look like its start.
        seed: of all that is drawn.
        start: where the chains start, shape (N, H, W, C) or (N, pixels), in [0, 1]; by default pixels drawn at random.

    Returns:
        The probability of each pixel to be on, given the last hidden units: gray images, which are easier to see than
        black and white ones; shape (N, H, W, C) as ``start``, or (N, 28, 28, 1), float32 in [0, 1].

    Raises:
        ArgumentError: neither ``num_samples`` nor ``start`` is given, or a number or shape is out of its range.

    Example:
        >>> sample(load(), 3, num_steps=10, seed=0).shape
        (3, 28, 28, 1)
    """
    pixels = machine.weights.shape[0]
    if num_steps < 1 or (start is None and (num_samples is None or num_samples < 1)):
        raise ArgumentError(
            f"num_samples is {num_samples}, num_steps is {num_steps}; expected at least one step, and at least one "
            "sample, or images to start from."
        )
    rng = np.random.default_rng(seed)
    side = round(pixels**0.5)
    shape = (num_samples, side, side, 1) if start is None else np.shape(start)
    first = rng.random((shape[0], pixels)) < 0.5 if start is None else np.reshape(start, (shape[0], -1))
    if first.shape[1] != pixels:
        raise ArgumentError(f"start has shape {shape}; expected images of {pixels} pixels each, (N, H, W, C).")
    seeds = tf.constant(rng.integers(2**31, size=2, dtype=np.int32))
    tensors = (
        tf.constant(part, tf.float32) for part in (first, machine.weights, machine.visible_bias, machine.hidden_bias)
    )
    samples: np.ndarray = _gibbs(*tensors, seeds, tf.constant(num_steps)).numpy().reshape(shape)
    return samples


def draw_hidden(machine: Rbm, visible: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws all hidden units given the pixels: p(h_j = 1 | x) = sigmoid(b_j + Σ_i x_i w_ij).

    Args:
        machine: the machine.
        visible: pixels, shape (N, pixels), float32.
        seed: two int32 numbers, as TensorFlow's stateless random functions take them.

    Returns:
        The hidden units, 0 or 1, and their probabilities; shape (N, hidden), float32.

    Example:
        >>> always_on = Rbm(np.zeros((4, 2), "f"), np.zeros(4, "f"), np.full(2, 99, "f"))
        >>> draw_hidden(always_on, tf.zeros((1, 4)), (0, 0))[0].numpy().tolist()
        [[1.0, 1.0]]
    """
    return _draw(tf.matmul(visible, machine.weights) + machine.hidden_bias, seed)


def draw_visible(machine: Rbm, hidden: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws all pixels given the hidden units: p(x_i = 1 | h) = sigmoid(a_i + Σ_j w_ij h_j).

    Args:
        machine: the machine.
        hidden: hidden units, shape (N, hidden), float32.
        seed: two int32 numbers, as TensorFlow's stateless random functions take them.

    Returns:
        The pixels, 0 or 1, and their probabilities; shape (N, pixels), float32.

    Example:
        >>> always_on = Rbm(np.zeros((4, 2), "f"), np.full(4, 99, "f"), np.zeros(2, "f"))
        >>> draw_visible(always_on, tf.zeros((1, 2)), (0, 0))[0].numpy().tolist()
        [[1.0, 1.0, 1.0, 1.0]]
    """
    return _draw(tf.matmul(hidden, machine.weights, transpose_b=True) + machine.visible_bias, seed)


def _draw(logits: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    probabilities = tf.sigmoid(logits)
    drawn = tf.random.stateless_uniform(tf.shape(probabilities), seed) < probabilities
    return tf.cast(drawn, tf.float32), probabilities


@tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
def _gibbs(
    visible: tf.Tensor,
    weights: tf.Tensor,
    visible_bias: tf.Tensor,
    hidden_bias: tf.Tensor,
    seed: tf.Tensor,
    steps: tf.Tensor,
) -> tf.Tensor:
    """Runs all chains; gives the probabilities that the last pixels were drawn from."""
    machine = Rbm(weights, visible_bias, hidden_bias)

    def step(index: tf.Tensor, visible: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        hidden, _ = draw_hidden(machine, visible, tf.stack([seed[0] + index, seed[1]]))
        visible, probabilities = draw_visible(machine, hidden, tf.stack([seed[0] + index, seed[1] + 1]))
        return index + 1, visible, probabilities

    return tf.while_loop(lambda index, *_: index < steps, step, (0, visible, visible))[2]


@cache
def _arrays() -> tuple[np.ndarray, ...]:
    return tuple(read_arrays(FOLDER / f"{NAME}.npz", REINSTALL).values())
