"""Hidden tests of sensitivity analysis."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network
from autograder.grading.student import Student
from solutions.sensitivity_analysis import logit_gradient
from understanding_nn import networks

EVERY_PART = ("logit_gradient", "sensitivity_analysis", "trained_network")
FROM_PART_2 = ("sensitivity_analysis", "trained_network")
SMALL, TRAINED = 1e-4, 1e-3


def draw_gradients(rng: np.random.Generator) -> list[Call]:
    """A small network of each kind; one target per image, one for all, and a single image."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(8, 8, 3), convolutions=2)
    return [
        *_calls("logit_gradient", rng, dense, SMALL),
        *_calls("logit_gradient", rng, deep, SMALL),
    ]


def draw_sensitivities(rng: np.random.Generator) -> list[Call]:
    """A small convolutional network with color images."""
    return _calls("sensitivity_analysis", rng, draw_network(rng, input_shape=(7, 6, 2), convolutions=1), SMALL)


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network, explained for classes that they do not show.

    For its own class the network is so sure that rounding decides what the gradient of a saturated softmax is, and that
    mistake could not be told from others.
    """
    model = networks.load("mnist_cnn")
    x, labels = draw_digits(rng, 5)
    target = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    return [Call("sensitivity_analysis", (model, x, target), label="on the trained network", tolerance=TRAINED)]


def _calls(function: str, rng: np.random.Generator, model: Any, tolerance: float) -> list[Call]:
    x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    classes = model.output_shape[-1]
    targets = rng.permutation(np.arange(4) % classes).astype(np.int32)
    one = int(rng.integers(classes))
    return [
        Call(function, (model, x, targets), label="with one target per image", tolerance=tolerance),
        Call(function, (model, x, one), label="with one target for all images", tolerance=tolerance),
        Call(function, (model, x[:1], one), label="with a batch of one image", tolerance=tolerance),
    ]


@part("logit_gradient", draw=draw_gradients)
def test_gradient_of_a_logit(student: Student, case: Case) -> None:
    student.must_match(case)


@part("sensitivity_analysis", draw=draw_sensitivities)
def test_sensitivity_on_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_sensitivity_on_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="These are gradients of the softmax probability. Differentiate the logit itself, the model's output as it "
    "is: a softmax mixes in all other classes and goes flat where the network is sure.",
)
def softmax_instead_of_logit(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        probability = tf.gather(tf.nn.softmax(model(x)), target, batch_dims=1)
    return tape.gradient(probability, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="This is the gradient of all logits together. Take out the target's logit before you ask the tape for a "
    "gradient: a tape differentiates the sum of what you give it.",
)
def sum_of_all_logits(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = model(x)
    return tape.gradient(logits, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="Every image is explained for the first image's target. With an array of targets, image n has its own: "
    "tf.gather(logits, target, batch_dims=1) picks one logit per image.",
)
def first_target_for_all_images(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    first = int(np.ravel(target)[0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = model(x)[:, first]
    return tape.gradient(logit, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="Every image is explained for all targets of the batch added up. tf.gather(logits, target, axis=1) takes "
    "each target for each image; with batch_dims=1 image n gets target n.",
)
def all_targets_for_each_image(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = tf.gather(model(x), target, axis=1)
    return tape.gradient(logits, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="Your gradient is divided by the number of images. Do not average over the batch: sum the logits, or hand "
    "the tape one logit per image, and each image gets its own gradient in full.",
)
def averaged_over_the_batch(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = tf.reduce_mean(tf.gather(model(x), target, batch_dims=1))
    return tape.gradient(logit, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=("logit_gradient",),
    hint="Your gradient has the wrong sign: it is that of a loss, minus the logit. Differentiate the logit.",
)
def gradient_of_minus_the_logit(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = -tf.gather(model(x), target, batch_dims=1)
    return tape.gradient(loss, x).numpy()


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="This is the absolute value of the gradient. Sensitivity analysis squares it; |gradient| is another "
    "technique, saliency.",
)
def absolute_value_instead_of_square(model, x, target):
    return np.abs(logit_gradient(model, x, target))


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="This is the gradient itself, with its signs. Square it, element by element.",
)
def square_forgotten(model, x, target):
    return logit_gradient(model, x, target)


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="This is the gradient to the fourth power: it has been squared twice.",
)
def squared_twice(model, x, target):
    return np.square(np.square(logit_gradient(model, x, target)))


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="Your gradient is multiplied by the input before it is squared. Sensitivity analysis uses the slope alone; "
    "the product belongs to simple Taylor decomposition.",
)
def gradient_times_input_squared(model, x, target):
    return np.square(x * logit_gradient(model, x, target))


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="Each of your images is scaled so that its largest value is 1. Return the squares as they are: scaling is "
    "for pictures, and it hides how strongly the network reacts.",
)
def scaled_to_one(model, x, target):
    squares = np.square(logit_gradient(model, x, target))
    return squares / squares.max(axis=(1, 2, 3), keepdims=True)
