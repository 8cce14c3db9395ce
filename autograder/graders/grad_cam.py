"""Hidden tests of Grad-CAM."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_cluttered, draw_digits, draw_network, draw_weights
from autograder.grading.student import Student
from solutions.grad_cam import grad_cam
from understanding_nn import networks
from understanding_nn.arguments import check_explanation
from understanding_nn.parts import split

EVERY_PART = ("grad_cam", "every_layer", "trained_networks")
FROM_PART_2 = EVERY_PART[1:]
SMALL, TRAINED = 1e-4, 1e-3


def draw_last(rng: np.random.Generator) -> list[Call]:
    """The last feature maps, with averaging above them, and with a hidden layer."""
    averaged = draw_network(rng, input_shape=(8, 7, 3), convolutions=2, averaged=True)
    hidden = draw_network(rng, input_shape=(5, 6, 1), convolutions=1)
    return [
        call
        for model in (averaged, hidden)
        for call in _calls(rng, model, [layer.name for layer in model.layers if _has_maps(layer)][-1])
    ]


def draw_every_layer(rng: np.random.Generator) -> list[Call]:
    """Each layer of a network that has feature maps; one convolution has no ReLU, so its maps have both signs."""
    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [9, 8, 2]},
        {"type": "Conv2D", "name": "first", "filters": 4, "kernel_size": [3, 3], "activation": "relu"},
        {"type": "MaxPooling2D", "name": "pooling", "pool_size": [2, 2]},
        {"type": "Conv2D", "name": "linear", "filters": 6, "kernel_size": [3, 3], "padding": "same"},
        {"type": "ReLU", "name": "relu"},
        {"type": "Flatten"},
        {"type": "Dense", "units": 12, "activation": "relu"},
        {"type": "Dense", "units": 4},
    ]
    model = networks.build(layers, draw_weights(rng, layers))
    return [call for layer in ("first", "pooling", "linear") for call in _calls(rng, model, layer)[:1]]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Cluttered and plain digits, explained for classes that they do not show.

    For its own class a network is so sure that rounding decides what the gradient of a saturated softmax is.
    """
    (x, labels), (digits, shown) = draw_cluttered(rng, 4), draw_digits(rng, 4)
    others, other_digits = _others(rng, labels), _others(rng, shown)
    cluttered_cnn, mnist_cnn = networks.load("cluttered_cnn"), networks.load("mnist_cnn")
    label = "on a trained network"
    return [
        Call("grad_cam", (cluttered_cnn, x, others), {"layer": "pool2"}, label, TRAINED),
        Call("grad_cam", (cluttered_cnn, x, others), {"layer": "conv3"}, label, TRAINED),
        Call("grad_cam", (mnist_cnn, digits, other_digits), {"layer": "conv2"}, label, TRAINED),
    ]


def _others(rng: np.random.Generator, labels: np.ndarray) -> np.ndarray:
    others: np.ndarray = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    return others


def _has_maps(layer: Any) -> bool:
    return layer.output.ndim == 4 and "input" not in layer.name


def _calls(rng: np.random.Generator, model: Any, layer: str) -> list[Call]:
    x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    targets, one, where = rng.permutation(4).astype(np.int32), int(rng.integers(4)), {"layer": layer}
    return [
        Call("grad_cam", (model, x, targets), where, f"at layer '{layer}', one target per image", SMALL),
        Call("grad_cam", (model, x, one), where, f"at layer '{layer}', one target for all images", SMALL),
    ]


@part("grad_cam", draw=draw_last)
def test_the_last_feature_maps(student: Student, case: Case) -> None:
    student.must_match(case)


@part("every_layer", draw=draw_every_layer)
def test_every_layer(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_networks", draw=draw_trained)
def test_trained_networks(student: Student, case: Case) -> None:
    student.must_match(case)


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Your map has negative values: the ReLU around the weighted sum is missing.",
)
def relu_forgotten(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.einsum("nijk,nk->nij", A, tf.reduce_mean(g, axis=(1, 2))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Your weights are the sums of the gradients over the places. Take their means: your map is too large by "
    "the number of places.",
)
def sum_of_gradients(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.einsum("nijk,nk->nij", A, tf.reduce_sum(g, axis=(1, 2)))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Your gradient is that of the softmax probability. Differentiate the logit, the model's output as it is.",
)
def softmax_instead_of_logit(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(tf.nn.softmax(upper(A)), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.einsum("nijk,nk->nij", A, tf.reduce_mean(g, axis=(1, 2)))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="You multiply each place by its own gradient. Grad-CAM averages the gradient over the places first, so that "
    "a feature map has one weight.",
)
def gradient_of_each_place(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.reduce_sum(A * g, axis=-1)).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="The ReLU is in the wrong place: you rectify the weights. Feature maps that speak against the class keep "
    "their negative weights; only the finished sum is rectified.",
)
def weights_rectified(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.einsum("nijk,nk->nij", A, tf.nn.relu(tf.reduce_mean(g, axis=(1, 2))))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="You average the feature maps over the channels before you weight them. Weight each map, then add them up.",
)
def channels_averaged_before_weighting(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    weights = tf.reduce_sum(tf.reduce_mean(g, axis=(1, 2)), axis=-1)
    return tf.nn.relu(tf.reduce_mean(A, axis=-1) * weights[:, None, None]).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Your weights are averaged over the batch, too. Each image has weights of its own: average over the two axes "
    "of the places only.",
)
def averaged_over_the_batch(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    weights = tf.reduce_mean(g, axis=(0, 1, 2))
    return tf.nn.relu(tf.einsum("nijk,k->nij", A, weights)).numpy()


@misconception(
    replaces="grad_cam",
    loses=FROM_PART_2,
    hint="You take the last feature maps, whatever layer is asked for.",
)
def always_the_last_layer(model, x, target, *, layer):
    last = [each.name for each in model.layers if each.output.ndim == 4][-1]
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, last)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.einsum("nijk,nk->nij", A, tf.reduce_mean(g, axis=(1, 2)))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Every image is explained for the first image's target. With an array of targets, image n has its own.",
)
def first_target_for_all_images(model, x, target, *, layer, correct=grad_cam):
    return correct(model, x, int(np.ravel(target)[0]), layer=layer)


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Each of your maps is scaled so that its largest value is 1. Return the values as they are: a scaled map has "
    "a bright place even where there is nothing to see.",
)
def scaled_to_one(model, x, target, *, layer, correct=grad_cam):
    maps = correct(model, x, target, layer=layer)
    largest = maps.max(axis=(1, 2), keepdims=True)
    return maps / np.where(largest > 0, largest, 1)
