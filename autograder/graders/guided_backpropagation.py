"""Hidden tests of guided backpropagation."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.comparison import complaint
from autograder.grading.failures import LearnerFailure
from autograder.grading.networks import draw_digits, draw_either_sign, draw_network
from autograder.grading.student import Student
from solutions.guided_backpropagation import guided_backpropagation, guided_relu
from understanding_nn import networks
from understanding_nn.arguments import check_explanation
from understanding_nn.parts import replace_relu

EVERY_PART = ("guided_relu", "guided_backpropagation", "trained_network")
FROM_PART_2 = EVERY_PART[1:]
SMALL, TRAINED = 1e-4, 1e-3


def draw_signals(rng: np.random.Generator) -> list[Call]:
    """Inputs and signals of either sign, in every combination, none of them near 0: there rounding would decide.

    The first are up to 10, so that a ReLU with an upper end shows.
    """
    x, signal = (10 * draw_either_sign(rng, 4, 12) for _ in range(2))
    maps, signals = (draw_either_sign(rng, 2, 4, 3, 2) for _ in range(2))
    return [
        Call("guided_relu", (x,), label="on the way forward"),
        Call("guided_relu", (x,), upstream=signal, label="on the way back"),
        Call("guided_relu", (maps,), upstream=signals, label="on the way back through feature maps"),
    ]


def draw_small(rng: np.random.Generator) -> list[Call]:
    """A dense network, and a convolutional one with max pooling and colors."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(8, 7, 3), convolutions=2)
    return [*_calls(rng, dense)[:2], *_calls(rng, deep)[1:]]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network, explained for classes that they do not show.

    For its own class the network is so sure that rounding decides what the gradient of a saturated softmax is.
    """
    x, labels = draw_digits(rng, 4)
    targets = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    args = (networks.load("mnist_cnn"), x, targets)
    return [Call("guided_backpropagation", args, label="on the trained network", tolerance=TRAINED)]


def _calls(rng: np.random.Generator, model: Any) -> list[Call]:
    x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    name = "guided_backpropagation"
    return [
        Call(name, (model, x, targets), label="with one target per image", tolerance=SMALL),
        Call(name, (model, x, one), label="with one target for all images", tolerance=SMALL),
        Call(name, (model, x, targets[::-1].copy()), label="with other targets", tolerance=SMALL),
    ]


@part("guided_relu", draw=draw_signals)
def test_rule_of_a_relu(student: Student, case: Case) -> None:
    student.must_match(case)
    # Not a call of the case: at 0 the reference is at a kink, and no nudge may move it. A network without biases is at
    # this kink wherever an image is black.
    (x,) = case.calls[0].args
    nothing = np.zeros_like(x)
    if complaint(student.vjp("guided_relu", nothing, upstream=np.abs(x)), nothing, SMALL):
        raise LearnerFailure("guided_relu lets a signal back where its input is exactly 0. The mask is x > 0.")


@part("guided_backpropagation", draw=draw_small)
def test_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="guided_relu",
    loses=EVERY_PART,
    hint="Your rule passes positive signals whatever the input was. That is deconvolution's. Guided backpropagation "
    "has a second mask: nothing comes back through a neuron that was not active.",
)
def mask_of_the_input_forgotten(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), tf.nn.relu

    return rule(x)


@misconception(
    replaces="guided_relu",
    loses=EVERY_PART,
    hint="Your rule is the ordinary gradient of ReLU: negative signals come back through active neurons. Guided "
    "backpropagation has a second mask that stops them.",
)
def mask_of_the_signal_forgotten(x):
    return tf.nn.relu(x)


@misconception(
    replaces="guided_relu",
    loses=EVERY_PART,
    hint="Negative signals come back with their sign turned round. They are to be stopped: max(0, signal), not its "
    "absolute value.",
)
def absolute_value_of_the_signal(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), lambda upstream: tf.cast(x > 0, tf.float32) * tf.abs(upstream)

    return rule(x)


@misconception(
    replaces="guided_relu",
    loses=EVERY_PART,
    hint="Your rule passes on the masks, ones and zeros, and loses how strong the signal is. Multiply the mask by "
    "the signal.",
)
def mask_instead_of_the_signal(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), lambda upstream: tf.cast((x > 0) & (upstream > 0), tf.float32)

    return rule(x)


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="This is the ordinary gradient with its negative values removed at the very end. The signal has to be "
    "rectified on its way, at every ReLU, and nothing is removed at the pixels.",
)
def gradient_rectified_at_the_pixels(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = tf.gather(model(x), target, batch_dims=1)
    return tf.nn.relu(tape.gradient(logit, x)).numpy()


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your negative values are gone. The signal is rectified at each ReLU; there is none at the pixels, and the "
    "first layer's weights can make what arrives there negative.",
)
def rectified_at_the_pixels_too(model, x, target, *, correct=guided_backpropagation):
    return np.maximum(correct(model, x, target), 0)


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your signal starts at the softmax probability. Start at the logit, the model's output as it is.",
)
def softmax_instead_of_logit(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        probabilities = tf.nn.softmax(replace_relu(model, guided_relu)(x))
        probability = tf.gather(probabilities, target, batch_dims=1)
    return tape.gradient(probability, x).numpy()


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your signal starts at all logits. Take out the target's logit of each image before you ask for a gradient.",
)
def sum_of_all_logits(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = replace_relu(model, guided_relu)(x)
    return tape.gradient(logits, x).numpy()


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your result is multiplied by the image. Guided backpropagation returns the signal as it arrives at the "
    "pixels.",
)
def multiplied_by_the_input(model, x, target, *, correct=guided_backpropagation):
    return x * correct(model, x, target)


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your signal starts as the value of the logit. It starts as 1, as a gradient does: only relevances start from "
    "the logit.",
)
def start_from_the_value_of_the_logit(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = tf.gather(replace_relu(model, guided_relu)(x), target, batch_dims=1)
    return tape.gradient(logit, x, output_gradients=logit).numpy()
