"""The networks of the course: their layers, and how each is trained."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from understanding_nn.networks.checks import check_layers
from understanding_nn.networks.shapes import shape_after, weight_shapes

Layers = tuple[dict[str, Any], ...]

_IMAGE = {"type": "Input", "name": "image", "shape": [28, 28, 1]}


@dataclass(frozen=True)
class Architecture:
    """A network before training: its layers, and all that its training depends on.

    Args:
        summary: what it is and what it is for, in one sentence.
        layers: its layers, in the form of ``networks.build``.
        epochs: how often training goes through the training images.
        batch_size: images a step.
        learning_rate: of Adam at the start; it falls to 0 along half a cosine.
        seed: of the first weights, the order of the images and their distortions.
        max_shift: the images are shifted by up to so many pixels, in both directions.
        max_rotation_degrees: and rotated by up to so much, either way.
        clutter: the digits are then scattered among others, in each epoch anew; the test is cluttered MNIST.
        batch_normalization: convolutions are normalized over the batch while training, folded afterwards.

    Example:
        >>> [layer["name"] for layer in ARCHITECTURES["mnist_mlp"].layers]
        ['image', 'flatten', 'hidden1', 'hidden2', 'hidden3', 'code', 'logits']
    """

    summary: str
    layers: Layers
    epochs: int
    batch_size: int = 50
    learning_rate: float = 2e-3
    seed: int = 0
    max_shift: float = 2.0
    max_rotation_degrees: float = 12.0
    clutter: bool = False
    batch_normalization: bool = False


@dataclass(frozen=True)
class GeneratorArchitecture(Architecture):
    """A generator before training: a network from codes to images that inverts one layer of a classifier.

    Args:
        inverts: the classifier.
        layer: its layer whose output is the code.
        judge: a network that had no part in the training, and is asked afterwards what it sees.
        image_weight: weight of the image loss, the mean squared difference of pixels.
        feature_weight: weight of the feature loss, the squared difference of codes relative to the code's own square.
        adversarial_weight: weight of the adversarial loss, -log of the discriminator's probability of a real image.
        snapshots: after these epochs the images of ten codes are kept.

    Example:
        >>> ARCHITECTURES["mnist_generator"].layers[0]["shape"]
        [100]
    """

    inverts: str = "mnist_mlp"
    layer: str = "code"
    judge: str = "mnist_cnn"
    image_weight: float = 20.0
    feature_weight: float = 1.0
    adversarial_weight: float = 0.1
    snapshots: tuple[int, ...] = (1, 2, 5, 15, 40)


@dataclass(frozen=True)
class MachineRecipe:
    """A restricted Boltzmann machine before training, and all that its training depends on.

    Args:
        summary: what it is and what it is for, in one sentence.
        hidden: how many hidden units.
        epochs: how often training goes through the training images.
        batch_size: images a step.
        learning_rate: of plain gradient ascent at the start; it falls to 0 along a line.
        weight_decay: what a step takes from each weight, as a part of it, times the learning rate.
        num_chains: persistent Gibbs chains.
        gibbs_steps: how far the chains go in one step of training.
        seed: of the first weights, the order of the images, their distortions, and all that is drawn.
        max_shift: the images are shifted by up to so many pixels, in both directions.
        max_rotation_degrees: and rotated by up to so much, either way.

    Example:
        >>> MACHINES["mnist_rbm"].gibbs_steps
        5
    """

    summary: str
    hidden: int
    epochs: int
    batch_size: int = 100
    learning_rate: float = 0.05
    weight_decay: float = 1e-4
    num_chains: int = 100
    gibbs_steps: int = 5
    seed: int = 0
    max_shift: float = 1.0
    max_rotation_degrees: float = 6.0


def _convolutional(pooling: str, use_bias: bool) -> Layers:
    def conv(name: str, filters: int) -> dict[str, Any]:
        return {
            "type": "Conv2D",
            "name": name,
            "filters": filters,
            "kernel_size": [5, 5],
            "activation": "relu",
            "use_bias": use_bias,
        }

    return (
        _IMAGE,
        conv("conv1", 16),
        {"type": pooling, "name": "pool1"},
        conv("conv2", 32),
        {"type": pooling, "name": "pool2"},
        {"type": "Flatten", "name": "flatten"},
        _dense("hidden", 64, use_bias),
        _dense("logits", 10, use_bias, "linear"),
    )


def _same(name: str, filters: int, activation: str = "relu") -> dict[str, Any]:
    window = {"kernel_size": [3, 3], "padding": "same"}
    return {"type": "Conv2D", "name": name, "filters": filters, **window, "activation": activation}


def _cluttered() -> Layers:
    def conv(name: str, filters: int, size: int) -> dict[str, Any]:
        shape = {"filters": filters, "kernel_size": [size, size], "padding": "same"}
        return {"type": "Conv2D", "name": name, **shape, "activation": "relu"}

    return (
        {"type": "Input", "name": "image", "shape": [40, 40, 1]},
        conv("conv1", 24, 5),
        {"type": "MaxPooling2D", "name": "pool1"},
        conv("conv2", 48, 5),
        {"type": "MaxPooling2D", "name": "pool2"},
        conv("conv3", 96, 3),
        {"type": "GlobalAveragePooling2D", "name": "average"},
        _dense("logits", 10, use_bias=True, activation="linear"),
    )


def _dense(name: str, units: int, use_bias: bool, activation: str = "relu") -> dict[str, Any]:
    return {"type": "Dense", "name": name, "units": units, "activation": activation, "use_bias": use_bias}


ARCHITECTURES = {
    "mnist_cnn": Architecture(
        summary="Two convolutions with max pooling, then two dense layers, all with biases.",
        layers=_convolutional("MaxPooling2D", use_bias=True),
        epochs=40,
    ),
    "mnist_mlp": Architecture(
        summary="Four dense ReLU layers without biases; the last of them, 'code', has 100 units.",
        layers=(
            _IMAGE,
            {"type": "Flatten", "name": "flatten"},
            _dense("hidden1", 300, use_bias=False),
            _dense("hidden2", 200, use_bias=False),
            _dense("hidden3", 150, use_bias=False),
            _dense("code", 100, use_bias=False),
            _dense("logits", 10, use_bias=False, activation="linear"),
        ),
        epochs=80,
        learning_rate=1e-3,
    ),
    "mnist_cnn_bias_free": Architecture(
        summary="Two convolutions with average pooling, then two dense layers; no biases, so f(tx) = t f(x) for t > 0.",
        layers=_convolutional("AveragePooling2D", use_bias=False),
        epochs=40,
    ),
    "cluttered_cnn": Architecture(
        summary="Three convolutions, maps of 10 x 10 behind the last; global average pooling and one dense layer.",
        layers=_cluttered(),
        epochs=40,
        learning_rate=4e-3,
        max_shift=0.0,  # clutter puts each digit at a place of its own
        clutter=True,
        batch_normalization=True,
    ),
    "mnist_generator": GeneratorArchitecture(
        summary="From the 100-unit code of mnist_mlp back to an image: a dense layer, then three convolutions.",
        layers=(
            {"type": "Input", "name": "code", "shape": [100]},
            _dense("hidden", 7 * 7 * 32, use_bias=True),
            {"type": "Reshape", "name": "maps", "target_shape": [7, 7, 32]},
            {"type": "UpSampling2D", "name": "double1"},
            _same("conv1", 32),
            {"type": "UpSampling2D", "name": "double2"},
            _same("conv2", 16),
            _same("image", 1, "sigmoid"),
        ),
        epochs=40,
    ),
}

MACHINES = {
    "mnist_rbm": MachineRecipe(
        summary="A restricted Boltzmann machine of binary units on the pixels of a digit.",
        hidden=256,
        epochs=150,
    ),
}


def first_weights(recipe: Architecture) -> list[np.ndarray]:
    """Draws the weights that training starts from: He et al. 2015 for kernels, biases 0.

    Args:
        recipe: the network; its seed decides the draw.

    Returns:
        The weights in the order of ``networks.build``, float32.

    Example:
        >>> first_weights(ARCHITECTURES["mnist_mlp"])[0].shape
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
