"""Hidden tests of backpropagation: saliency maps and class models."""

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

SALIENCY = ("backpropagation", "trained_network")
CLASS_MODEL = ("class_model_visualization", "trained_network")
SMALL, TRAINED = 1e-4, 1e-3


def draw_saliencies(rng: np.random.Generator) -> list[Call]:
    """Small networks, dense and convolutional with colors; one target per image and one for all."""
    calls = []
    for shape, convolutions in (((3, 4, 1), 0), ((8, 7, 3), 2)):
        model = draw_network(rng, input_shape=shape, convolutions=convolutions)
        x = rng.uniform(0, 1, (4, *shape)).astype(np.float32)
        targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
        calls += [
            Call("backpropagation", (model, x, targets), label="with one target per image", tolerance=SMALL),
            Call("backpropagation", (model, x[:2], one), label="with one target for all images", tolerance=SMALL),
        ]
    return calls


def draw_class_models(rng: np.random.Generator) -> list[Call]:
    """A mean of each shape, never the start itself; one target for all, a single image, the defaults, no step.

    Many steps only with a large l2: it draws what rounding has driven apart together again.
    """
    shape = (6, 5, 2)
    model = draw_network(rng, input_shape=shape, convolutions=1)
    start, means = (rng.uniform(0, 1, (4, *shape)).astype(np.float32) for _ in range(2))
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    few = {"start": start, "learning_rate": 0.2, "num_steps": 4}
    number = float(rng.uniform(0.3, 0.7))
    return [
        _climb(model, targets, few | {"l2": 0.4, "mean": means}, "with a mean for each image", SMALL),
        _climb(model, one, few | {"l2": 0.6, "mean": means[0]}, "with one mean and one target", SMALL),
        _climb(model, targets, few | {"l2": 0.5, "mean": number}, "with a number as mean", SMALL),
        _climb(model, one, few | {"l2": 0.5, "mean": number, "start": start[:1]}, "with a single image", SMALL),
        _climb(model, targets, {"start": start, "num_steps": 5}, "with its defaults", SMALL),
        _climb(model, targets, few | {"l2": 0.5, "mean": means, "num_steps": 25}, "with many steps", SMALL),
        _climb(model, targets, few | {"num_steps": 0}, "with no step at all", SMALL),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network, explained for, and changed into, classes that they do not show.

    Few steps: on the way up neurons switch, and after many steps rounding would decide which of them did.
    """
    model = networks.load("mnist_cnn")
    x, labels = draw_digits(rng, 3)
    targets = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    means, _ = draw_digits(rng, 3)
    options = {"start": x, "l2": 0.5, "mean": means, "learning_rate": 0.2, "num_steps": 3}
    return [
        Call("backpropagation", (model, x, targets), label="on the trained network", tolerance=TRAINED),
        _climb(model, targets, options, "on the trained network", TRAINED),
    ]


def _climb(model: Any, target: Any, options: dict[str, Any], label: str, tolerance: float) -> Call:
    return Call("class_model_visualization", (model, target), options, label=label, tolerance=tolerance)


@part("backpropagation", draw=draw_saliencies)
def test_saliency(student: Student, case: Case) -> None:
    student.must_match(case)


@part("class_model_visualization", draw=draw_class_models)
def test_class_models(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_both_on_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="backpropagation",
    loses=SALIENCY,
    hint="This is the gradient with its signs. Saliency asks how strongly the logit reacts, in either direction: take "
    "the absolute value.",
)
def absolute_value_forgotten(model, x, target):
    return logit_gradient(model, x, target)


@misconception(
    replaces="backpropagation",
    loses=SALIENCY,
    hint="These are the squares of the slopes, which is sensitivity analysis. Saliency takes the absolute value.",
)
def square_instead_of_absolute_value(model, x, target):
    return np.square(logit_gradient(model, x, target))


@misconception(
    replaces="backpropagation",
    loses=SALIENCY,
    hint="Your negative slopes are gone. A pixel that lowers the logit when it brightens matters as much as one that "
    "raises it: take the absolute value, not the positive part.",
)
def positive_part_instead_of_absolute_value(model, x, target):
    return np.maximum(logit_gradient(model, x, target), 0)


@misconception(
    replaces="backpropagation",
    loses=SALIENCY,
    hint="Each of your images is scaled so that its largest value is 1. Return the absolute slopes as they are: "
    "scaling is for pictures, and it hides how strongly the network reacts.",
)
def scaled_to_one(model, x, target):
    slopes = np.abs(logit_gradient(model, x, target))
    return slopes / slopes.max(axis=(1, 2, 3), keepdims=True)


@misconception(
    replaces="backpropagation",
    loses=("backpropagation",),
    hint="Each pixel has the largest slope of its channels in all of them. Keep the channels apart; which of them to "
    "show is a question of the picture.",
)
def largest_channel_everywhere(model, x, target):
    slopes = np.abs(logit_gradient(model, x, target))
    return np.broadcast_to(slopes.max(axis=-1, keepdims=True), slopes.shape).copy()


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your steps go downhill. Ascent adds the gradient of the objective; optimizers subtract, because they are "
    "made for losses.",
)
def descent_instead_of_ascent(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x - learning_rate * (logit_gradient(model, x, target) - 2 * l2 * (x - mean))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your price pushes away from the mean. It is subtracted from the logit: its step leads back to the mean.",
)
def price_with_the_wrong_sign(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) + 2 * l2 * (x - mean))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="A factor 2 is missing: the derivative of l2 * (x - mean)² is 2 * l2 * (x - mean). (tf.nn.l2_loss halves the "
    "squares, and so loses it, too.)",
)
def factor_two_missing(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) - l2 * (x - mean))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your price is centered on 0. It counts the distance from the mean: subtract the mean before squaring.",
)
def mean_forgotten(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) - 2 * l2 * x)
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your price is centered on the start. Start and mean are two arguments: the ascent begins at one and is held "
    "by the other.",
)
def centered_on_the_start(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) - 2 * l2 * (x - start))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your values are clipped to [0, 1]. This ascent is plain: its values may leave the range of images.",
)
def clipped_to_images(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = np.clip(x + learning_rate * (logit_gradient(model, x, target) - 2 * l2 * (x - mean)), 0, 1)
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="You climb the logarithm of the softmax. Climb the logit itself, the model's output as it is: the softmax is "
    "also raised by lowering the other classes.",
)
def log_probability_instead_of_logit(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = tf.convert_to_tensor(start, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x + learning_rate * (tape.gradient(score, x) - 2 * l2 * (x - mean))
    return x.numpy()


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your objective is averaged over the batch, so each image moves by a fraction of its step. Sum the logits, or "
    "hand the tape one logit per image.",
)
def averaged_over_the_batch(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate / len(x) * (logit_gradient(model, x, target) - 2 * l2 * (x - mean))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="You make one step less than num_steps.",
)
def one_step_short(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(1, num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) - 2 * l2 * (x - mean))
    return x.astype(np.float32)
