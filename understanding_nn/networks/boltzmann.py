"""Training a restricted Boltzmann machine by persistent contrastive divergence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf
from rich.progress import Progress

from understanding_nn.data import Digits
from understanding_nn.networks.architectures import MachineRecipe
from understanding_nn.networks.distortions import distort
from understanding_nn.networks.runs import epochs
from understanding_nn.rbm import Rbm, draw_hidden, draw_visible


def fit(
    recipe: MachineRecipe, digits: Digits, checkpoint: Path, progress: Progress | None = None, name: str = "machine"
) -> Rbm:
    """Trains a restricted Boltzmann machine from its first weights, or from a checkpoint, to its last epoch.

    The gradient of the log likelihood is what hidden units do when they see data, less what they do when the machine
    dreams. The dreams are Gibbs chains that go on from step to step, and never start anew (Tieleman 2008). Each epoch
    sees all training images once, distorted anew, each pixel set to 0 or 1 with its gray value as probability.

    Args:
        recipe: the machine and all that its training depends on.
        digits: the data; only the training part is used.
        checkpoint: the file to go on from, and to write every few epochs and at the end.
        progress: a progress display that has been started; none, and nothing is shown.
        name: what the progress display calls the run.

    Returns:
        The trained machine.

    Raises:
        DataError: the checkpoint is damaged; the message names the file to delete.

    Example:
        >>> fit(MACHINES["mnist_rbm"], mnist(), Path("checkpoint.npz"))  # doctest: +SKIP
    """
    state = _first_state(recipe, digits)
    step = _step(recipe, state)
    for epoch in epochs(recipe.epochs, state, checkpoint, progress, name):
        # Everything random in an epoch comes from its number: a resumed run sees what an uninterrupted one sees.
        rng = np.random.default_rng([recipe.seed, 1, epoch])
        learning_rate = np.float32(recipe.learning_rate * (1 - epoch / recipe.epochs))
        images = distort(
            digits.x_train, rng, max_shift=recipe.max_shift, max_rotation_degrees=recipe.max_rotation_degrees
        )
        rows = images.reshape(len(images), -1)
        for batch in np.array_split(rng.permutation(len(rows)), len(rows) // recipe.batch_size):
            step(rows[batch], learning_rate, rng.integers(2**31, size=2, dtype=np.int32))
    weights, visible_bias, hidden_bias, _ = (variable.numpy() for variable in state)
    return Rbm(weights, visible_bias, hidden_bias)


def log_pseudo_likelihood(machine: Rbm, images: np.ndarray) -> float:
    """Computes how well a machine knows each pixel from all others: a stand-in for the likelihood, which needs Z.

    Σ_i log p(x_i | all other pixels), where p(x_i | ...) = sigmoid(log p(x) - log p(x with pixel i flipped)): Besag
    1975. Z cancels in it.

    Args:
        machine: the machine.
        images: shape (N, H, W, C) in [0, 1]; a pixel from 0.5 on counts as 1.

    Returns:
        The mean over the images, in nats; at most 0, and higher for a better machine.

    Example:
        >>> nothing_learned = Rbm(np.zeros((4, 2)), np.zeros(4), np.zeros(2))
        >>> round(log_pseudo_likelihood(nothing_learned, np.ones((1, 2, 2, 1))), 3)  # four times log(1/2)
        -2.773
    """
    x = (np.reshape(images, (len(images), -1)) >= 0.5).astype(np.float32)
    into_hidden = x @ machine.weights + machine.hidden_bias
    free = np.logaddexp(0, into_hidden).sum(axis=1)
    total = np.zeros(len(x))
    for pixel, (row, bias) in enumerate(zip(machine.weights, machine.visible_bias, strict=True)):
        flip = 1 - 2 * x[:, pixel]
        flipped = np.logaddexp(0, into_hidden + flip[:, np.newaxis] * row).sum(axis=1)
        total -= np.logaddexp(0, flip * bias + flipped - free)
    return float(total.mean())


def _first_state(recipe: MachineRecipe, digits: Digits) -> list[tf.Variable]:
    """Weights near 0, pixels as often on as in the data, and the chains."""
    rng = np.random.default_rng([recipe.seed, 0])
    often_on = np.clip(digits.x_train.reshape(len(digits.x_train), -1).mean(axis=0), 1e-3, 1 - 1e-3)
    weights = 0.01 * rng.standard_normal((len(often_on), recipe.hidden))
    dreams = rng.random((recipe.num_chains, len(often_on))) < often_on
    first = weights, np.log(often_on / (1 - often_on)), np.zeros(recipe.hidden), dreams
    return [tf.Variable(each.astype(np.float32)) for each in first]


def _step(recipe: MachineRecipe, state: list[tf.Variable]) -> Callable[..., None]:
    """One step of training, compiled for any number of images."""
    weights, visible_bias, hidden_bias, chains = state

    def step(x: tf.Tensor, learning_rate: tf.Tensor, seed: tf.Tensor) -> None:
        machine = Rbm(*map(tf.convert_to_tensor, (weights, visible_bias, hidden_bias)))
        dreams = tf.convert_to_tensor(chains)
        seeds = iter(range(2 * recipe.gibbs_steps + 1))

        def drawn() -> tf.Tensor:
            return tf.stack([seed[0], seed[1] + next(seeds)])

        for _ in range(recipe.gibbs_steps):
            hidden, _ = draw_hidden(machine, dreams, drawn())
            dreams, _ = draw_visible(machine, hidden, drawn())
        awake = tf.cast(tf.random.stateless_uniform(tf.shape(x), drawn()) < x, tf.float32)
        seen, dreamed = (tf.sigmoid(v @ machine.weights + machine.hidden_bias) for v in (awake, dreams))
        correlations = _mean_product(awake, seen) - _mean_product(dreams, dreamed)
        weights.assign_add(learning_rate * (correlations - recipe.weight_decay * machine.weights))
        visible_bias.assign_add(learning_rate * (tf.reduce_mean(awake, axis=0) - tf.reduce_mean(dreams, axis=0)))
        hidden_bias.assign_add(learning_rate * (tf.reduce_mean(seen, axis=0) - tf.reduce_mean(dreamed, axis=0)))
        chains.assign(dreams)

    pixels = weights.shape[0]
    signature = [tf.TensorSpec((None, pixels)), tf.TensorSpec(()), tf.TensorSpec((2,), tf.int32)]
    compiled: Callable[..., None] = tf.function(step, input_signature=signature, autograph=False)
    return compiled


def _mean_product(visible: tf.Tensor, hidden: tf.Tensor) -> tf.Tensor:
    return tf.matmul(visible, hidden, transpose_a=True) / tf.cast(tf.shape(visible)[0], tf.float32)
