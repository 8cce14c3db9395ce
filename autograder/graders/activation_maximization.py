"""Hidden tests of activation maximization.

The objective is compared at given images, its gradient by one long step, the ascent by a few steps. A whole run is
judged by where it ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

import solutions.activation_maximization as reference
from autograder.grading import Call, misconception, part
from autograder.grading.ascents import must_climb, with_long_ascent
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network
from autograder.grading.student import Student
from solutions.activation_maximization import am_objective
from understanding_nn import networks
from understanding_nn.arguments import check_explanation
from understanding_nn.values import spread, to_array

EVERY_PART = ("am_objective", "activation_maximization", "trained_network")
ASCENT = ("activation_maximization", "trained_network")
SMALL, TRAINED = 1e-4, 1e-3


def draw_objectives(rng: np.random.Generator) -> list[Call]:
    """Two small networks; a mean of each form; one target per image, one for all, a single image; the defaults."""
    calls = []
    for shape, convolutions in (((3, 4, 1), 0), ((8, 7, 2), 2)):
        model = draw_network(rng, input_shape=shape, convolutions=convolutions)
        x, means = _uniform(rng, 4, *shape), _uniform(rng, 4, *shape)
        targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
        number, l2 = round(float(rng.uniform(0.3, 0.7)), 2), round(float(rng.uniform(0.3, 0.6)), 2)
        calls += [
            _value(model, x, targets, {"l2": l2, "mean": means}, "with a mean for each image"),
            _value(model, x, one, {"l2": l2, "mean": means[0]}, "with one mean and one target"),
            _value(model, x, targets, {"l2": l2, "mean": number}, "with a number as mean"),
            _value(model, x[:1], one, {"l2": l2}, "with a single image"),
            _value(model, x, targets, {}, "with its defaults"),
        ]
    return calls


def draw_ascents(rng: np.random.Generator) -> list[Call]:
    """One long step, which is the gradient; a few steps with a mean of each form; no step; the defaults."""
    shape = (6, 5, 2)
    model = draw_network(rng, input_shape=shape, convolutions=1)
    start, means = _uniform(rng, 4, *shape), _uniform(rng, 4, *shape)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    few = {"start": start, "learning_rate": 0.3, "num_steps": 4}
    number = round(float(rng.uniform(0.3, 0.7)), 2)
    long_step = {"start": start, "l2": 0.7, "mean": means, "learning_rate": 10.0, "num_steps": 1}
    return [
        _climb(model, targets, long_step, "with one long step"),
        _climb(model, targets, few | {"l2": 0.4, "mean": means}, "with a mean for each image"),
        _climb(model, one, few | {"l2": 0.6, "mean": means[0]}, "with one mean and one target"),
        _climb(model, one, few | {"l2": 0.5, "mean": number, "start": start[:1]}, "with a single image"),
        _climb(model, targets, {"start": start, "num_steps": 5}, "with its defaults"),
        _climb(model, targets, few | {"num_steps": 0}, "with no step at all"),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits that are to become others: where the network is sure of another class, p and log p are easy to tell."""
    x, labels = draw_digits(rng, 4)
    targets = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    means, _ = draw_digits(rng, 4)
    options = {"start": x, "l2": 0.2, "mean": means, "learning_rate": 0.2, "num_steps": 3}
    plain = {"start": x, "mean": x, "l2": 0.01, "learning_rate": 0.1, "num_steps": 2}
    model = networks.load("mnist_mlp")
    return [
        _climb(model, targets, options, "on the trained network", TRAINED),
        _climb(model, targets, plain, "on the trained network", TRAINED),
    ]


def _value(model: Any, x: np.ndarray, target: Any, options: dict[str, Any], label: str) -> Call:
    return Call("am_objective", (model, x, target), options, label=label, tolerance=SMALL)


def _climb(model: Any, target: Any, options: dict[str, Any], label: str, tolerance: float = SMALL) -> Call:
    return Call("activation_maximization", (model, target), options, label=label, tolerance=tolerance)


def _uniform(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(0, 1, shape).astype(np.float32)


@part("am_objective", draw=draw_objectives)
def test_objective(student: Student, case: Case) -> None:
    student.must_match(case)


@part("activation_maximization", draw=draw_ascents)
def test_ascent(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_prototypes_of_the_trained_network(student: Student, case: Case) -> None:
    must_climb(student, with_long_ascent(case, reference, num_steps=200), heights)


def heights(call: Call, images: np.ndarray) -> np.ndarray:
    """Objective and log probability of each image: both are to be high at the end."""
    model, target = call.args
    x, l2, mean = np.clip(images, -1e6, 1e6), call.kwargs["l2"], call.kwargs["mean"]
    return np.stack([am_objective(model, x, target, l2=l2, mean=mean), am_objective(model, x, target, l2=0.0)])


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your objective has the probability itself. Take its logarithm, with tf.nn.log_softmax: where the network is "
    "sure of another class the probability is flat, and an ascent does not move.",
)
def probability_instead_of_its_logarithm(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    probability = tf.gather(tf.nn.softmax(model(x)), target, batch_dims=1)
    distance = tf.reduce_sum((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3))
    return to_array(probability - l2 * distance)


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your objective has the logit. Activation maximization climbs the log probability, in which the other "
    "classes' logits count, too: tf.nn.log_softmax.",
)
def logit_instead_of_log_probability(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    logit = tf.gather(model(x), target, batch_dims=1)
    distance = tf.reduce_sum((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3))
    return to_array(logit - l2 * distance)


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is half of what it should be. tf.nn.l2_loss halves the sum of squares; the definition does not.",
)
def penalty_halved(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability - l2 * tf.reduce_sum((x - spread("mean", mean, x)) ** 2 / 2, axis=(1, 2, 3)))


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is added. It is subtracted: a large distance from the mean makes the objective lower.",
)
def penalty_added(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    distance = tf.reduce_sum((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3))
    return to_array(log_probability + l2 * distance)


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is centered on 0. It counts the distance from the mean: subtract the mean before squaring.",
)
def mean_forgotten(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability - l2 * tf.reduce_sum(x**2, axis=(1, 2, 3)))


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is averaged over the pixels. The squared distance is their sum.",
)
def penalty_averaged_over_pixels(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability - l2 * tf.reduce_mean((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3)))


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is the distance. It is the squared distance: no square root.",
)
def distance_not_squared(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    square = tf.reduce_sum((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3))
    return to_array(log_probability - l2 * tf.sqrt(square + 1e-12))


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Each image pays the penalty of the whole batch. Sum over the pixels of each image: axis=(1, 2, 3).",
)
def penalty_of_the_whole_batch(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability - l2 * tf.reduce_sum((x - spread("mean", mean, x)) ** 2))


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your steps go downhill. Ascent adds the gradient of the objective; optimizers subtract, because they are "
    "made for losses.",
)
def descent_instead_of_ascent(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x - learning_rate * (tape.gradient(log_probability, x) - 2 * l2 * (x - mean))
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your values are clipped to [0, 1]. This ascent is plain: its values may leave the range of pixels.",
)
def clipped_to_the_range_of_pixels(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x + learning_rate * (tape.gradient(log_probability, x) - 2 * l2 * (x - mean))
        x = tf.clip_by_value(x, 0.0, 1.0)
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your ascent begins at 0, whatever start is. It begins at the images that the caller gives.",
)
def start_ignored(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, np.zeros_like(start), target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x + learning_rate * (tape.gradient(log_probability, x) - 2 * l2 * (x - mean))
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your objective is averaged over the batch, so each image moves by a fraction of its step. Sum the "
    "objectives, or hand the tape one for each image.",
)
def averaged_over_the_batch(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, x) - 2 * l2 * (x - mean)
        x = x + learning_rate * gradient / len(x)
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your gradient is scaled before the step. Plain ascent takes it as long as it is: "
    "x + learning_rate * gradient.",
)
def steps_of_equal_length(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, x) - 2 * l2 * (x - mean)
        x = x + learning_rate * gradient / tf.sqrt(tf.reduce_sum(gradient**2, axis=(1, 2, 3), keepdims=True) + 1e-12)
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="You make one step less than num_steps.",
)
def one_step_short(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(1, num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x + learning_rate * (tape.gradient(log_probability, x) - 2 * l2 * (x - mean))
    return x.numpy()
