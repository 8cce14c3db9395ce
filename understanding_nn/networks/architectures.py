"""The networks of the course: their layers, and how each is trained."""

from dataclasses import dataclass
from typing import Any

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
}
