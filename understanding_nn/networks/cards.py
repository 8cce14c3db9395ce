"""Cards: what each trained network says about itself."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from understanding_nn.cluttered import cluttered_mnist
from understanding_nn.data import Digits
from understanding_nn.networks import boltzmann, inversion
from understanding_nn.networks.architectures import Architecture, GeneratorArchitecture, MachineRecipe
from understanding_nn.networks.layers import describe
from understanding_nn.networks.packaged import load
from understanding_nn.rbm import Rbm

_NUM_CLUTTERED_TESTS = 2000


@dataclass(frozen=True)
class Made:
    """What a training made.

    Attributes:
        files: arrays by their names, by what their file's name ends in; "" are the weights.
        measured: what the card says beside what it says of every training.

    Example:
        >>> Made({"": {"bias": np.zeros(3)}}, {"test_accuracy": 0.1}).measured
        {'test_accuracy': 0.1}
    """

    files: dict[str, dict[str, np.ndarray]]
    measured: dict[str, Any]


def of_classifier(recipe: Architecture, digits: Digits, model: keras.Model) -> Made:
    """Measures a classifier on the held-out digits, cluttered ones where it was trained for them.

    Args:
        recipe: what it was trained by.
        digits: the data.
        model: the trained network.

    Returns:
        Its weights, and its accuracy.

    Example:
        >>> of_classifier(ARCHITECTURES["mnist_cnn"], mnist(), load("mnist_cnn")).measured  # doctest: +SKIP
    """
    x_test, y_test, data = digits.x_test, digits.y_test, _data(digits)
    if recipe.clutter:
        cluttered = cluttered_mnist(_NUM_CLUTTERED_TESTS, seed=0, split="test")
        x_test, y_test = cluttered.images, cluttered.labels
        data = f"{data}; scattered among others, cluttered_mnist({len(x_test)}, seed=0, split='test') to test"
    return Made({"": _named_weights(model)}, {"data": data, "test_accuracy": _accuracy(model, x_test, y_test)})


def of_generator(recipe: GeneratorArchitecture, digits: Digits, model: keras.Model, pictures: np.ndarray) -> Made:
    """Measures a generator on the codes of the held-out digits: is it the same image, and the same digit?

    Args:
        recipe: what it was trained by.
        digits: the data.
        model: the trained generator.
        pictures: what it made of ten codes in the course of its training, shape (snapshots, 10, H, W, C).

    Returns:
        Its weights and the pictures, and how close its images come.

    Example:
        >>> of_generator(ARCHITECTURES["mnist_generator"], mnist(), model, pictures).measured  # doctest: +SKIP
    """
    images = model.predict(inversion.encoder_of(recipe).predict(digits.x_test, verbose=0), verbose=0)
    taken = {
        "digits": np.round(255 * inversion.one_of_each_class(digits)).astype(np.uint8),
        "epochs": np.array(recipe.snapshots),
        "images": np.round(255 * pictures).astype(np.uint8),
    }
    measured = {
        "data": _data(digits),
        "test_image_error": round(float(np.mean(np.square(images - digits.x_test))), 4),
        "test_accuracy_means": f"images made of the test digits' codes that {recipe.judge} reads as these digits",
        "test_accuracy": _accuracy(load(recipe.judge), images, digits.y_test),
    }
    return Made({"": _named_weights(model), "_training": taken}, measured)


def of_machine(digits: Digits, machine: Rbm) -> Made:
    """Measures a restricted Boltzmann machine on as many training digits as there are held-out ones, and on those.

    Args:
        digits: the data.
        machine: the trained machine.

    Returns:
        Its parameters in half precision, and the log pseudo-likelihood that it has with these.

    Example:
        >>> of_machine(mnist(), rbm.load()).measured  # doctest: +SKIP
    """
    # Half precision: rounding in the fourth digit moves no sample that can be seen, and halves the file.
    arrays = {key: value.astype(np.float16) for key, value in vars(machine).items()}
    kept = Rbm(**{key: value.astype(np.float32) for key, value in arrays.items()})
    means = {"train": digits.x_train[: len(digits.x_test)], "test": digits.x_test}
    measured = {
        f"{part}_log_pseudo_likelihood": round(boltzmann.log_pseudo_likelihood(kept, x), 2) for part, x in means.items()
    }
    return Made({"": arrays}, {"data": _data(digits), **measured})


def _named_weights(model: keras.Model) -> dict[str, np.ndarray]:
    layers, weights = describe(model)
    keys = [f"{layer['name']}/{part}" for layer in layers for part in _parts(layer)]
    return dict(zip(keys, weights, strict=True))


def _parts(layer: dict[str, Any]) -> list[str]:
    if layer["type"] not in ("Dense", "Conv2D"):
        return []
    return ["kernel", "bias"] if layer["use_bias"] else ["kernel"]


def _data(digits: Digits) -> str:
    return f"the packaged MNIST digits: {len(digits.x_train)} to train with, {len(digits.x_test)} to test"


def _accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    decisions = np.argmax(model.predict(images, batch_size=500, verbose=0), axis=1)
    return round(float(np.mean(decisions == labels)), 4)


def card(name: str, recipe: Architecture | MachineRecipe, made: Made, weights: Path) -> dict[str, Any]:
    """Puts a card together: what was trained, on what, how, and how well it does.

    Args:
        name: of the network or machine.
        recipe: all that its training depends on.
        made: what the training made.
        weights: the file of its weights, written already.

    Returns:
        The card, plain values that can be written as JSON.

    Example:
        >>> card("mnist_cnn", recipe, made, Path("mnist_cnn.npz"))["name"]  # doctest: +SKIP
        'mnist_cnn'
    """
    layers = {"layers": [layer["name"] for layer in recipe.layers]} if isinstance(recipe, Architecture) else {}
    return {
        "name": name,
        "summary": recipe.summary,
        **layers,
        "training": {key: value for key, value in asdict(recipe).items() if key not in ("summary", "layers")},
        **made.measured,
        "num_parameters": sum(array.size for array in made.files[""].values()),
        "size_bytes": weights.stat().st_size,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "command": f"python -m understanding_nn.networks train {name}",
        "made_with": {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__},
    }
