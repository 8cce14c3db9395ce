"""Hidden tests of activation maximization in code space.

The objective is compared at given codes, its gradient by one long step, the ascent by a few steps. A whole run is
judged by where it ends, and by whether its images are those of its codes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import solutions.am_in_code_space as reference
from autograder.grading import Call, misconception, part
from autograder.grading.ascents import must_climb, with_long_ascent
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_weights
from autograder.grading.student import Student
from solutions.am_in_code_space import code_objective
from understanding_nn import data, networks
from understanding_nn.ascent import check_codes
from understanding_nn.values import spread, to_array

EVERY_PART = ("code_objective", "am_in_code_space", "trained_networks")
ASCENT = ("am_in_code_space", "trained_networks")
SMALL, TRAINED = 1e-4, 1e-3


def draw_objectives(rng: np.random.Generator) -> list[Call]:
    """Small networks; a center for each code, one for all, and a number; one target for each code and one for all."""
    calls = []
    for convolutions in (0, 1):
        model, generator, codes, centers = _draw_networks(rng, convolutions)
        targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
        forms = [
            (codes, targets, {"l2": 0.3, "mean": centers}, "with a mean for each code"),
            (codes, one, {"l2": 0.2, "mean": centers[0]}, "with one mean and one target for all codes"),
            (codes[:1], one, {"l2": 0.4, "mean": 0.5}, "with a single code and a number as mean"),
            (4 * codes, targets, {}, "with its defaults"),
        ]
        calls += [
            Call("code_objective", (model, generator, z, target), options, label, SMALL)
            for z, target, options, label in forms
        ]
    return calls


def draw_ascents(rng: np.random.Generator) -> list[Call]:
    """Small networks: a single long step, which shows the gradient; a few steps; the defaults; no step."""
    model, generator, codes, centers = _draw_networks(rng, convolutions=1)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    bold = {"l2": 0.2, "learning_rate": 2.0}  # the same each time: another number would be compiled anew
    one_step = {"start": codes, "mean": centers, **bold, "num_steps": 1}
    return [
        _ascent(model, generator, targets, one_step, "after one step"),
        _ascent(model, generator, targets, one_step | {"num_steps": 4}, "after a few steps"),
        _ascent(model, generator, one, {"start": codes[:1], "mean": 0.5, **bold, "num_steps": 3}, "with a single code"),
        _ascent(model, generator, targets, {"start": codes, "num_steps": 5}, "with its defaults"),
        _ascent(model, generator, one, {"start": codes, "mean": centers[0], "num_steps": 0}, "with no step at all"),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """From the codes of digits to classes that they do not show; last, what the long ascent will begin with.

    That one starts from mean codes of the classes themselves, where it has one hill to climb. From another digit's
    code there are several, and rounding would decide which one a correct ascent ends on. Its penalty is so large that
    it ends where network and penalty are in balance: with a small one, drawing codes in toward 0 would be climb enough.
    """
    model, generator = networks.load("mnist_mlp"), networks.load("mnist_generator")
    x, labels = draw_digits(rng, 3)
    codes, centers = _encoder()(x).numpy(), _encoder()(draw_digits(rng, 3)[0]).numpy()
    targets = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    others = {"start": codes, "mean": centers, "l2": 0.4, "learning_rate": 0.1}
    ends = rng.permutation(10)[:3].astype(np.int32)
    own = {"start": _class_codes()[ends], "l2": 0.05, "mean": 0.0, "learning_rate": 0.1, "num_steps": 2}
    return [
        _ascent(model, generator, targets, others | {"num_steps": 1}, "after one step", TRAINED),
        _ascent(model, generator, targets, others | {"num_steps": 3}, "after three steps", TRAINED),
        _ascent(model, generator, ends, own, "on the trained networks", TRAINED),
    ]


def _ascent(model: Any, generator: Any, target: Any, options: dict[str, Any], label: str, miss: float = SMALL) -> Call:
    return Call("am_in_code_space", (model, generator, target), options, label, miss)


def _draw_networks(rng: np.random.Generator, convolutions: int) -> tuple[Any, Any, np.ndarray, np.ndarray]:
    """A model, a generator of its images, four codes, and a center for each."""
    model = draw_network(rng, input_shape=(6, 6, 1), convolutions=convolutions)
    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [5]},
        {"type": "Dense", "units": 18, "activation": "relu"},
        {"type": "Reshape", "target_shape": [3, 3, 2]},
        {"type": "UpSampling2D"},
        {"type": "Conv2D", "filters": 1, "kernel_size": 3, "padding": "same", "activation": "sigmoid"},
    ]
    generator = networks.build(layers, [2 * weights for weights in draw_weights(rng, layers)])
    codes, centers = (rng.normal(size=(4, 5)).astype(np.float32) for _ in range(2))
    return model, generator, codes, centers


@cache
def _encoder() -> keras.Model:
    model = networks.load("mnist_mlp")
    return keras.Model(model.inputs[0], model.get_layer("code").output)


@cache
def _class_codes() -> np.ndarray:
    digits = data.mnist()
    codes = _encoder()(digits.x_train).numpy()
    return np.stack([codes[digits.y_train == digit].mean(axis=0) for digit in range(10)])


@part("code_objective", draw=draw_objectives)
def test_objective(student: Student, case: Case) -> None:
    student.must_match(case)


@part("am_in_code_space", draw=draw_ascents)
def test_ascent(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_networks", draw=draw_trained)
def test_prototypes_of_the_trained_networks(student: Student, case: Case) -> None:
    must_climb(student, with_long_ascent(case, reference, num_steps=200), heights)


def heights(call: Call, found: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Objective and log probability of each code, and minus the distance of its image from the generator's, in percent.

    All are to be high.
    """
    model, generator, target = call.args
    codes, images = np.clip(found[0], -1e6, 1e6), found[1]
    objectives = [code_objective(model, generator, codes, target, l2=l2) for l2 in (call.kwargs["l2"], 0.0)]
    return np.stack([*objectives, -100 * np.abs(images - generator(codes)).max(axis=(1, 2, 3))])


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your objective has the probability itself. Take its logarithm, with tf.nn.log_softmax: where the network is "
    "sure of another class the probability is flat, and an ascent does not move.",
)
def probability_instead_of_its_logarithm(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    probability = tf.gather(tf.nn.softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.reduce_sum((codes - spread("mean", mean, codes)) ** 2, axis=1)
    return to_array(probability - l2 * distance)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your objective has the logit. Activation maximization climbs the log probability, in which the other "
    "classes' logits count, too: tf.nn.log_softmax.",
)
def logit_instead_of_log_probability(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    logit = tf.gather(model(generator(codes)), target, batch_dims=1)
    distance = tf.reduce_sum((codes - spread("mean", mean, codes)) ** 2, axis=1)
    return to_array(logit - l2 * distance)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your penalty is centered on the code 0. It counts the distance from the mean: subtract it, then square.",
)
def mean_forgotten(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.reduce_sum(codes**2, axis=1)
    return to_array(log_probability - l2 * distance)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your penalty is half of what it should be. tf.nn.l2_loss halves the sum of squares; tf.reduce_sum of the "
    "squares does not.",
)
def halved_penalty(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.reduce_sum((codes - spread("mean", mean, codes)) ** 2, axis=1)
    return to_array(log_probability - l2 * distance / 2)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your penalty is the distance from the mean, not squared: leave out the square root (tf.norm takes it).",
)
def distance_not_squared(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.norm(codes - spread("mean", mean, codes), axis=1)
    return to_array(log_probability - l2 * distance)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your penalty is taken from the pixels of the image. It is the code whose distance from the mean counts: the "
    "generator takes care of the image.",
)
def penalty_on_the_image(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.reduce_sum((generator(codes) - tf.reduce_mean(mean)) ** 2, axis=(1, 2, 3))
    return to_array(log_probability - l2 * distance)


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your steps go downhill. Ascent adds the gradient of the objective; optimizers subtract, because they are "
    "made for losses.",
)
def descent_instead_of_ascent(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = codes - learning_rate * gradient
    return codes.numpy(), generator(codes).numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your codes are cut off at 0, as a ReLU does with the codes of images. This ascent is plain: codes may become "
    "negative.",
)
def codes_kept_positive(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = tf.nn.relu(codes + learning_rate * gradient)
    return codes.numpy(), generator(codes).numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your penalty is centered on the start. Start and mean are two arguments: the ascent begins at one and is "
    "held by the other.",
)
def centered_on_the_start(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - start)
        codes = codes + learning_rate * gradient
    return codes.numpy(), generator(codes).numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your ascent begins at 0, whatever start is. It begins at the codes that the caller gives.",
)
def start_ignored(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, np.zeros_like(start), target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = codes + learning_rate * gradient
    return codes.numpy(), generator(codes).numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your images belong to the codes before the last step. Make them once more, of the codes that you return.",
)
def image_before_the_last_step(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    images = generator(codes)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = codes + learning_rate * gradient
    return codes.numpy(), images.numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your objective is averaged over the batch, so each code moves by a fraction of its step. Sum the objectives, "
    "or hand the tape one for each code.",
)
def averaged_over_the_batch(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = codes + learning_rate * gradient / len(codes)
    return codes.numpy(), generator(codes).numpy()
