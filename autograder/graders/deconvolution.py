"""Hidden tests of deconvolution."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_either_sign, draw_network, draw_weights
from autograder.grading.student import Student
from solutions.deconvolution import deconv_relu, deconvolution
from understanding_nn import networks
from understanding_nn.arguments import check_explanation
from understanding_nn.parts import replace_relu

EVERY_PART = ("deconv_relu", "deconvolution", "deconvolve_feature_map", "trained_network")
LOGITS = ("deconvolution", "trained_network")
MAPS = ("deconvolve_feature_map", "trained_network")
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
    """Digits through the trained network: logits of classes that they do not show, and maps of its second convolution.

    For its own class the network is so sure that rounding decides what the gradient of a saturated softmax is.
    """
    model = networks.load("mnist_cnn")
    x, labels = draw_digits(rng, 4)
    targets = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
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


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="deconv_relu",
    loses=EVERY_PART,
    hint="Your rule is the ordinary gradient of ReLU: it asks whether the input was positive. Deconvolution does not "
    "look at the input on the way back; it rectifies the signal.",
)
def gradient_of_relu(x):
    return tf.nn.relu(x)


@misconception(
    replaces="deconv_relu",
    loses=EVERY_PART,
    hint="Your rule has two masks, that of the signal and that of the input. This is guided backpropagation; "
    "deconvolution has the first only.",
)
def masked_by_the_input_too(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), lambda upstream: tf.cast(x > 0, tf.float32) * tf.nn.relu(upstream)

    return rule(x)


@misconception(
    replaces="deconv_relu",
    loses=EVERY_PART,
    hint="Your signal comes back through a ReLU unchanged. It is rectified there: negative signals are stopped.",
)
def signal_left_as_it_is(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), tf.identity

    return rule(x)


@misconception(
    replaces="deconv_relu",
    loses=EVERY_PART,
    hint="Negative signals come back with their sign turned round. They are to be stopped: max(0, signal), not its "
    "absolute value.",
)
def absolute_value_of_the_signal(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), tf.abs

    return rule(x)


@misconception(
    replaces="deconvolution",
    loses=LOGITS,
    hint="Your signal starts at the softmax probability. Start at the logit, the model's output as it is.",
)
def softmax_instead_of_logit(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        probabilities = tf.nn.softmax(replace_relu(model, deconv_relu)(x))
        probability = tf.gather(probabilities, target, batch_dims=1)
    return tape.gradient(probability, x).numpy()


@misconception(
    replaces="deconvolution",
    loses=LOGITS,
    hint="Your negative values are gone. The signal is rectified at each ReLU; there is none at the pixels, and the "
    "first layer's weights can make what arrives there negative.",
)
def rectified_at_the_pixels_too(model, x, target, *, correct=deconvolution):
    return np.maximum(correct(model, x, target), 0)


@misconception(
    replaces="deconvolution",
    loses=LOGITS,
    hint="Your result is multiplied by the image. Deconvolution returns the signal as it arrives at the pixels.",
)
def multiplied_by_the_input(model, x, target, *, correct=deconvolution):
    return x * correct(model, x, target)


@misconception(
    replaces="deconvolve_feature_map",
    loses=MAPS,
    hint="Your signal starts as ones, at every place of the map. It starts as the map's own activations: strong where "
    "the map responded, 0 where it was silent.",
)
def start_from_ones(model, x, *, layer, channel):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        A = replace_relu(model, deconv_relu, layer=layer)(x)
    ones = tf.ones_like(A) * tf.one_hot(channel, A.shape[-1])
    return tape.gradient(A, x, output_gradients=ones).numpy()


@misconception(
    replaces="deconvolve_feature_map",
    loses=MAPS,
    hint="Your signal starts at all maps of the layer. Set all but the one that is asked for to 0.",
)
def start_from_all_maps(model, x, *, layer, channel):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        A = replace_relu(model, deconv_relu, layer=layer)(x)
    return tape.gradient(A, x, output_gradients=A).numpy()


@misconception(
    replaces="deconvolve_feature_map",
    loses=MAPS,
    hint="Your signal starts at the map's largest activation only. Zeiler and Fergus did that; here the whole map "
    "starts.",
)
def start_from_the_largest_activation(model, x, *, layer, channel):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        A = replace_relu(model, deconv_relu, layer=layer)(x)
    own = A * tf.one_hot(channel, A.shape[-1])
    places = tf.reshape(own, [len(own), -1])
    largest = tf.where(places == tf.reduce_max(places, axis=1, keepdims=True), places, 0.0)
    return tape.gradient(A, x, output_gradients=tf.reshape(largest, tf.shape(A))).numpy()
