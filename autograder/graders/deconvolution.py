"""Hidden tests of deconvolution."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_either_sign, draw_network, draw_other_classes, draw_weights
from autograder.grading.student import Student
from understanding_nn import networks
from understanding_nn.parts import replace_relu

SMALL, TRAINED = 1e-4, 1e-3


def draw_signals(rng: np.random.Generator) -> list[Call]:
    """Inputs and signals of either sign, in every combination, none of them near 0: there rounding would decide.

    The first are up to 10, so that a ReLU with an upper end shows.
    """
    x, signal = (10 * draw_either_sign(rng, 4, 12) for _ in range(2))
    maps, signals = (draw_either_sign(rng, 2, 4, 3, 2) for _ in range(2))
    return [
        Call("deconv_relu", (x,), label="on the way forward"),
        Call("deconv_relu", (x,), upstream=signal, label="on the way back"),
        Call("deconv_relu", (maps,), upstream=signals, label="on the way back through feature maps"),
    ]


def draw_logits(rng: np.random.Generator) -> list[Call]:
    """A dense network, and a convolutional one with max pooling and colors."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(8, 7, 3), convolutions=2)
    calls = []
    for model in (dense, deep):
        x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
        targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
        calls += [
            Call("deconvolution", (model, x, targets), label="with one target per image", tolerance=SMALL),
            Call("deconvolution", (model, x[:2], one), label="with one target for all images", tolerance=SMALL),
        ]
    return calls


def draw_maps(rng: np.random.Generator) -> list[Call]:
    """Maps of a convolution behind max pooling, of the pooling, and a neuron of the dense layer behind them."""
    relu = {"activation": "relu"}
    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [9, 8, 2]},
        {"type": "Conv2D", "name": "first", "filters": 5, "kernel_size": [3, 3], "padding": "same", **relu},
        {"type": "MaxPooling2D", "name": "pool", "pool_size": [2, 2]},
        {"type": "Conv2D", "name": "second", "filters": 6, "kernel_size": [3, 3], **relu},
        {"type": "Flatten"},
        {"type": "Dense", "name": "hidden", "units": 12, **relu},
        {"type": "Dense", "name": "logits", "units": 4},
    ]
    model = networks.build(layers, draw_weights(rng, layers))
    x = rng.uniform(0, 1, (3, 9, 8, 2)).astype(np.float32)
    calls = []
    for layer in ("second", "pool", "hidden"):
        # A map that is silent on all images would let every mistake pass: take the one that is loudest.
        loudness = np.asarray(replace_relu(model, tf.nn.relu, layer=layer)(x)).reshape(3, -1, _channels(model, layer))
        channel = int(loudness.sum(axis=1).min(axis=0).argmax())
        options = {"layer": layer, "channel": channel}
        label = f"on the layer '{layer}'"
        calls.append(Call("deconvolve_feature_map", (model, x), options, label=label, tolerance=SMALL))
    return calls


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network: logits of classes they do not show, and maps of its second convolution."""
    model = networks.load("mnist_cnn")
    x, labels = draw_digits(rng, 4)
    targets = draw_other_classes(rng, labels)
    maps = np.asarray(replace_relu(model, tf.nn.relu, layer="conv2")(x))
    channel = int(rng.choice(np.argsort(maps.sum(axis=(1, 2)).min(axis=0))[-5:]))
    options = {"layer": "conv2", "channel": channel}
    return [
        Call("deconvolution", (model, x, targets), label="on the trained network", tolerance=TRAINED),
        Call("deconvolve_feature_map", (model, x), options, label="on the trained network", tolerance=TRAINED),
    ]


def _channels(model: Any, layer: str) -> int:
    return int(model.get_layer(layer).output.shape[-1])


@part("deconv_relu", draw=draw_signals)
def test_rule_of_a_relu(student: Student, case: Case) -> None:
    student.must_match(case)


@part("deconvolution", draw=draw_logits)
def test_logits_of_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("deconvolve_feature_map", draw=draw_maps)
def test_feature_maps_of_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)
