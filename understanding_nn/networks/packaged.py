"""The trained networks that come with the package."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np

from understanding_nn.errors import ArgumentError, DataError, UnsupportedLayerError
from understanding_nn.files import REINSTALL, read_arrays
from understanding_nn.networks.architectures import ARCHITECTURES, MACHINES, Architecture, MachineRecipe
from understanding_nn.networks.checks import check_layers
from understanding_nn.networks.layers import build, describe

FOLDER = Path(__file__).parent / "packaged"
_ATTRIBUTE = "_understanding_nn_name"


def names() -> list[str]:
    """Lists the names of the trained networks.

    Returns:
        The names, in the order of the course.

    Example:
        >>> "mnist_cnn" in names()
        True
    """
    return list(ARCHITECTURES)


def load(name: str) -> keras.Model:
    """Loads a trained network.

    Each call gives a network of your own: change its weights, and the next ``load`` is as it was trained. Keep it
    in a variable all the same: what is compiled for a network, which takes longer than an explanation, lives
    with it.

    Args:
        name: one of ``names()``.

    Returns:
        The network: from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax; the generator from
        codes (N, D) to such images. Its layers have the names that its card lists.

    Raises:
        ArgumentError: there is no such network; the message lists those there are.
        DataError: the packaged weights are missing or damaged.

    Example:
        >>> load("mnist_cnn").output_shape
        (None, 10)
    """
    layers = architecture(name).layers
    model = build(layers, weights(name), name=name)
    model.__dict__[_ATTRIBUTE] = name  # not by setattr: Keras would save it with the model
    return model


def card(name: str) -> dict[str, Any]:
    """Reads a network's card: data, seed, epochs, accuracy on held-out digits, size, the command that trains it.

    Args:
        name: one of ``names()``, or "mnist_rbm".

    Returns:
        The card; accuracy between 0 and 1, sizes in bytes and numbers of parameters.

    Raises:
        ArgumentError: there is no such network; the message lists those there are.
        DataError: the card is missing or damaged.

    Example:
        >>> card("mnist_cnn")["test_accuracy"] >= 0.98
        True
    """
    recipe_of(name)
    path = FOLDER / f"{name}.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}). {REINSTALL}") from error
    return content


def name_of(model: keras.Model) -> str | None:
    """Tells which trained network a model is.

    Args:
        model: any network.

    Returns:
        The name that it was loaded by; None for every other network, also for one whose layers or weights were
        changed after loading.

    Example:
        >>> name_of(load("mnist_mlp"))
        'mnist_mlp'
    """
    name: str | None = getattr(model, "__dict__", {}).get(_ATTRIBUTE)
    if name not in ARCHITECTURES:
        return None
    try:
        layers, own = describe(model)
    except UnsupportedLayerError:  # a layer was changed into something else
        return None
    same = layers == check_layers(ARCHITECTURES[name].layers) and all(
        np.array_equal(a, b) for a, b in zip(own, weights(name), strict=True)
    )
    return name if same else None


def snapshots(name: str) -> dict[str, np.ndarray]:
    """Gives the pictures that were taken while a generator was trained.

    Args:
        name: of a generator: "mnist_generator".

    Returns:
        ``digits``, ten held-out digits, one of each class, shape (10, H, W, C); ``epochs``, shape (S,); ``images``,
        what the generator made of the digits' codes after each of these epochs, shape (S, 10, H, W, C). Images are
        float32 in [0, 1], kept with 256 gray values.

    Raises:
        ArgumentError: there is no such network, or none were taken of it.
        DataError: the packaged pictures are missing or damaged.

    Example:
        >>> snapshots("mnist_generator")["images"].shape[1:]
        (10, 28, 28, 1)
    """
    if not hasattr(architecture(name), "snapshots"):
        raise ArgumentError(f"no pictures were taken while {name!r} was trained; expected 'mnist_generator'.")
    arrays = read_arrays(FOLDER / f"{name}_training.npz", REINSTALL)
    return {key: (array / np.float32(255) if array.dtype == np.uint8 else array) for key, array in arrays.items()}


def recipe_of(name: str) -> Architecture | MachineRecipe:
    """Looks up how a network, or a machine, is trained.

    Args:
        name: one of ``names()``, or "mnist_rbm".

    Returns:
        All that its training depends on.

    Raises:
        ArgumentError: there is none of this name; the message lists those there are.

    Example:
        >>> recipe_of("mnist_rbm").seed
        0
    """
    return MACHINES[name] if isinstance(name, str) and name in MACHINES else architecture(name)


def architecture(name: str) -> Architecture:
    """Looks an architecture up by its network's name.

    Args:
        name: one of ``names()``.

    Returns:
        Its layers and how it is trained.

    Raises:
        ArgumentError: there is no such network; the message lists those there are.

    Example:
        >>> architecture("mnist_cnn").layers[0]["shape"]
        [28, 28, 1]
    """
    found = ARCHITECTURES.get(name) if isinstance(name, str) else None
    if found is None:
        raise ArgumentError(f"there is no network {name!r}; expected one of {', '.join(names())}.")
    return found


@cache
def weights(name: str) -> tuple[np.ndarray, ...]:
    """Reads the trained weights of a network, once in a process.

    Args:
        name: one of ``names()``.

    Returns:
        The weights in the order of ``describe``, float32, not to be written to.

    Raises:
        DataError: the packaged weights are missing or damaged.

    Example:
        >>> weights("mnist_mlp")[0].shape
        (784, 300)
    """
    arrays = tuple(read_arrays(FOLDER / f"{name}.npz", REINSTALL).values())
    for array in arrays:
        array.setflags(write=False)
    return arrays
