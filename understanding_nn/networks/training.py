"""Training: seeded, resumable, and the same on every run of the same machine."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from rich.progress import Progress

from understanding_nn.cluttered import scatter
from understanding_nn.data import Digits, mnist
from understanding_nn.files import write_arrays
from understanding_nn.networks import boltzmann, cards, inversion
from understanding_nn.networks.architectures import Architecture, GeneratorArchitecture, MachineRecipe, first_weights
from understanding_nn.networks.distortions import distort
from understanding_nn.networks.layers import build
from understanding_nn.networks.normalization import folded, normalized
from understanding_nn.networks.packaged import recipe_of
from understanding_nn.networks.runs import epochs


def train(name: str, output: Path, checkpoints: Path | None = None, progress: Progress | None = None) -> dict[str, Any]:
    """Trains a network of the course on the packaged digits, and writes its weights and its card.

    A run that was interrupted goes on from its last checkpoint, and ends where it would have ended without the
    interruption. The test digits are looked at once, at the end.

    Args:
        name: the network.
        output: folder for ``NAME.npz`` and ``NAME.json``; made where it does not exist.
        checkpoints: folder for checkpoints; by default ``understanding_nn`` in the user's cache.
        progress: a progress display that has been started; none, and nothing is shown.

    Returns:
        The card.

    Raises:
        ArgumentError: there is no such network.
        DataError: the checkpoint is damaged; the message names the file to delete.

    Example:
        >>> train("mnist_cnn", Path("trained"))["test_accuracy"]  # doctest: +SKIP
        0.99
    """
    recipe, digits = recipe_of(name), mnist()
    output.mkdir(parents=True, exist_ok=True)
    folder = checkpoints or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "understanding_nn"
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / f"{name}-{_digest(recipe)}.npz"
    run = checkpoint, progress, name
    if isinstance(recipe, MachineRecipe):
        made = cards.of_machine(digits, boltzmann.fit(recipe, digits, *run))
    elif isinstance(recipe, GeneratorArchitecture):
        made = cards.of_generator(recipe, digits, *inversion.fit(recipe, digits, *run))
    else:
        made = cards.of_classifier(recipe, digits, fit(recipe, digits, *run))
    for ending, arrays in made.files.items():
        write_arrays(output / f"{name}{ending}.npz", arrays)
    content = cards.card(name, recipe, made, output / f"{name}.npz")
    partial = output / f"{name}.json.partial"
    partial.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    partial.replace(output / f"{name}.json")
    checkpoint.unlink(missing_ok=True)
    return content


def fit(
    recipe: Architecture, digits: Digits, checkpoint: Path, progress: Progress | None = None, name: str = "network"
) -> keras.Model:
    """Trains a network from its first weights, or from a checkpoint, to its last epoch.

    Adam on the cross-entropy of the softmax; each epoch sees all training images once, distorted anew.

    Args:
        recipe: the network and all that its training depends on.
        digits: the data; only the training part is used.
        checkpoint: the file to go on from, and to write every few epochs and at the end.
        progress: a progress display that has been started; none, and nothing is shown.
        name: the name of the model, shown with the progress.

    Returns:
        The trained network.

    Raises:
        DataError: the checkpoint is damaged; the message names the file to delete.

    Example:
        >>> fit(ARCHITECTURES["mnist_cnn"], mnist(), Path("checkpoint.npz"))  # doctest: +SKIP
    """
    plain = build(recipe.layers, first_weights(recipe), name=name)
    model = normalized(plain) if recipe.batch_normalization else plain
    optimizer = keras.optimizers.Adam(recipe.learning_rate)
    optimizer.build(model.trainable_variables)
    state = [*model.trainable_variables, *optimizer.variables, *model.non_trainable_variables]
    step = _step(model, optimizer)
    for epoch in epochs(recipe.epochs, state, checkpoint, progress, name):
        # Everything random in an epoch comes from its number: a resumed run sees what an uninterrupted one sees.
        rng = np.random.default_rng([recipe.seed, 1, epoch])
        optimizer.learning_rate = recipe.learning_rate * (1 + np.cos(np.pi * epoch / recipe.epochs)) / 2
        images = _distorted(recipe, digits.x_train, rng)
        for batch in np.array_split(rng.permutation(len(images)), len(images) // recipe.batch_size):
            step(images[batch], digits.y_train[batch])
    return folded(model, plain) if recipe.batch_normalization else model


def _distorted(recipe: Architecture, digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The images of one epoch, in the order of the digits."""
    images = distort(digits, rng, max_shift=recipe.max_shift, max_rotation_degrees=recipe.max_rotation_degrees)
    return scatter(images, np.arange(len(images)), rng)[0] if recipe.clutter else images


def _step(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> Callable[..., None]:
    """One step of training, compiled for any number of images."""
    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32), tf.TensorSpec((None,), tf.int64)]

    def step(images: tf.Tensor, labels: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = model(images, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    compiled: Callable[..., None] = tf.function(step, input_signature=signature, autograph=False)
    return compiled


def _digest(recipe: Architecture | MachineRecipe) -> str:
    """A short name for a recipe, so that a checkpoint is never resumed under another one."""
    return hashlib.sha256(json.dumps(asdict(recipe), sort_keys=True).encode()).hexdigest()[:12]
