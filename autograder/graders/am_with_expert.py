"""Hidden tests of activation maximization with an expert.

Densities and objectives are compared at given images, the gradient by one long step, the ascent by a few steps. A whole
run is judged by where it ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

import solutions.am_with_expert as reference
from autograder.grading import Call, misconception, part
from autograder.grading.ascents import must_climb, with_long_ascent
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network
from autograder.grading.student import Student
from solutions.am_with_expert import expert_objective, rbm_log_density
from understanding_nn import networks, rbm
from understanding_nn.arguments import check_explanation
from understanding_nn.ascent import check_rbm
from understanding_nn.values import to_array

EVERY_PART = ("rbm_log_density", "expert_objective", "am_with_expert", "trained_networks")
FROM_PART_2 = EVERY_PART[1:]
ASCENT = EVERY_PART[2:]
SMALL, TRAINED = 1e-4, 1e-3


def draw_densities(rng: np.random.Generator) -> list[Call]:
    """Images and rows of pixels, colors, a single image, and hidden units that receive hundreds."""
    images, rows = _uniform(rng, 4, 3, 4, 2), _uniform(rng, 5, 7)
    loud = tuple(200 * array for array in _draw_machine(rng, 7))
    return [
        Call("rbm_log_density", (images, *_draw_machine(rng, 24)), label="with images"),
        Call("rbm_log_density", (images[:1], *_draw_machine(rng, 24)), label="with a single image"),
        Call("rbm_log_density", (rows, *_draw_machine(rng, 7)), label="with rows of pixels"),
        Call("rbm_log_density", (rows, *loud), label="with weights of some hundreds"),
    ]


def draw_objectives(rng: np.random.Generator) -> list[Call]:
    """Two small networks; one target per image, one for all, a single image; no expert, a strong one, the default."""
    calls = []
    for shape, convolutions in (((3, 4, 1), 0), ((6, 7, 2), 2)):
        model, machine = draw_network(rng, input_shape=shape, convolutions=convolutions), _draw_machine_for(rng, shape)
        x, targets, one = _uniform(rng, 4, *shape), rng.permutation(4).astype(np.int32), int(rng.integers(4))
        strength = round(float(rng.uniform(0.3, 0.6)), 2)
        for images, target, options, label in (
            (x, targets, {"strength": strength}, "with one target per image"),
            (x, one, {"strength": 2 * strength}, "with one target for all images"),
            (x[:1], one, {"strength": 0.0}, "with a single image and no expert"),
            (x, targets, {}, "with the default strength"),
        ):
            calls.append(Call("expert_objective", (model, images, target, *machine), options, label=label))
    return calls


def draw_ascents(rng: np.random.Generator) -> list[Call]:
    """One small step, which is the gradient; steps that run into the bounds, leave them, and run back; no step."""
    shape = (6, 5, 2)
    model, machine = draw_network(rng, input_shape=shape, convolutions=1), _draw_machine_for(rng, shape)
    start = _uniform(rng, 4, *shape)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    few = {"start": start, "strength": 0.3, "learning_rate": 0.6, "num_steps": 5}
    return [
        _climb(model, targets, machine, few | {"num_steps": 1, "learning_rate": 0.05}, "with one small step"),
        _climb(model, targets, machine, few, "with one target per prototype"),
        _climb(model, one, machine, few | {"strength": 1.0}, "with one target and a strong expert"),
        _climb(model, one, machine, few | {"start": start[:1]}, "with a single image"),
        _climb(model, targets, machine, few | {"num_steps": 0}, "with no step at all"),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits that are to become others, by the trained network and the trained machine."""
    x, labels = draw_digits(rng, 4)
    targets = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    model, machine = networks.load("mnist_mlp"), rbm.load()
    arrays = (machine.weights, machine.visible_bias, machine.hidden_bias)
    options = {"start": x, "strength": 0.25, "learning_rate": 0.2, "num_steps": 3}
    plain = {"start": x, "strength": 0.01, "learning_rate": 0.1, "num_steps": 2}
    return [
        _climb(model, targets, arrays, options, "on the trained networks", TRAINED),
        _climb(model, targets, arrays, plain, "on the trained networks", TRAINED),
    ]


def _climb(
    model: Any,
    target: Any,
    machine: tuple[np.ndarray, ...],
    options: dict[str, Any],
    label: str,
    tolerance: float = SMALL,
) -> Call:
    return Call("am_with_expert", (model, target, *machine), options, label=label, tolerance=tolerance)


def _draw_machine(rng: np.random.Generator, pixels: int, hidden: int = 6) -> tuple[np.ndarray, ...]:
    """Weights, visible and hidden bias, such that hidden units are neither always on nor always off."""
    shapes = ((pixels, hidden), (pixels,), (hidden,))
    return tuple(rng.normal(0, scale, s).astype(np.float32) for scale, s in zip((0.7, 0.7, 1.0), shapes, strict=True))


def _draw_machine_for(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    return _draw_machine(rng, int(np.prod(shape)))


def _uniform(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(0, 1, shape).astype(np.float32)


@part("rbm_log_density", draw=draw_densities)
def test_density(student: Student, case: Case) -> None:
    student.must_match(case)


@part("expert_objective", draw=draw_objectives)
def test_objective(student: Student, case: Case) -> None:
    student.must_match(case)


@part("am_with_expert", draw=draw_ascents)
def test_ascent(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_networks", draw=draw_trained)
def test_prototypes_of_the_trained_networks(student: Student, case: Case) -> None:
    must_climb(student, with_long_ascent(case, reference, num_steps=100), heights, slack=0.05)


def heights(call: Call, images: np.ndarray) -> np.ndarray:
    """Objective and log probability of each image, to be high at the end; what leaves [0, 1] is as low as can be."""
    model, target, *machine = call.args
    x, strength = np.clip(images, 0, 1), call.kwargs["strength"]
    values = [expert_objective(model, x, target, *machine, strength=s) for s in (strength, 0.0)]
    return np.where((x == images).all(axis=(1, 2, 3)), np.stack(values), -np.inf)


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="Your hidden units count with their probability, the sigmoid. Summed over its two states a hidden unit gives "
    "log(1 + exp(...)), the softplus.",
)
def sigmoid_instead_of_softplus(x, weights, visible_bias, hidden_bias):
    x, w, a, b = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(tf.linalg.matvec(x, a) + tf.reduce_sum(tf.sigmoid(x @ w + b), axis=1))


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="Each hidden unit counts with its largest value, max(0, ...). Summed over its two states it gives "
    "log(1 + exp(...)), which is more.",
)
def relu_instead_of_softplus(x, weights, visible_bias, hidden_bias):
    x, w, a, b = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(tf.linalg.matvec(x, a) + tf.reduce_sum(tf.nn.relu(x @ w + b), axis=1))


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="The bias of the hidden units is missing inside the softplus.",
)
def hidden_bias_forgotten(x, weights, visible_bias, hidden_bias):
    x, w, a, _ = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(tf.linalg.matvec(x, a) + tf.reduce_sum(tf.nn.softplus(x @ w), axis=1))


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="The bias of the pixels is missing: the first of the two terms.",
)
def visible_bias_forgotten(x, weights, visible_bias, hidden_bias):
    x, w, _, b = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(tf.reduce_sum(tf.nn.softplus(x @ w + b), axis=1))


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="This is the free energy, minus the log density. A likely image has a high density and a low free energy.",
)
def free_energy(x, weights, visible_bias, hidden_bias):
    x, w, a, b = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(-tf.linalg.matvec(x, a) - tf.reduce_sum(tf.nn.softplus(x @ w + b), axis=1))


@misconception(
    replaces="expert_objective",
    loses=FROM_PART_2,
    hint="The expert counts in full. Multiply the log density by the strength.",
)
def strength_forgotten(model, x, target, weights, visible_bias, hidden_bias, *, strength=0.01):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability + rbm_log_density(x, weights, visible_bias, hidden_bias))


@misconception(
    replaces="expert_objective",
    loses=FROM_PART_2,
    hint="Your objective has the probability of the class itself. Take its logarithm, with tf.nn.log_softmax.",
)
def probability_instead_of_its_logarithm(model, x, target, weights, visible_bias, hidden_bias, *, strength=0.01):
    x, target = check_explanation(model, x, target)
    probability = tf.gather(tf.nn.softmax(model(x)), target, batch_dims=1)
    return to_array(probability + strength * rbm_log_density(x, weights, visible_bias, hidden_bias))


@misconception(
    replaces="am_with_expert",
    loses=ASCENT,
    hint="Your prototypes leave [0, 1]. The density is one of pixels in this range: clip after each step.",
)
def not_clipped(
    model, target, weights, visible_bias, hidden_bias, *, start, strength=0.01, learning_rate=0.1, num_steps=200
):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
            rows = tf.reshape(x, (len(x), -1))
            hidden = tf.reduce_sum(tf.nn.softplus(rows @ weights + hidden_bias), axis=1)
            objective = log_probability + strength * (tf.linalg.matvec(rows, visible_bias) + hidden)
        x = x + learning_rate * tape.gradient(objective, x)
    return x.numpy()


@misconception(
    replaces="am_with_expert",
    loses=ASCENT,
    hint="You clip once, at the end. Clip after each step, so that each gradient is one of an image.",
)
def clipped_at_the_end(
    model, target, weights, visible_bias, hidden_bias, *, start, strength=0.01, learning_rate=0.1, num_steps=200
):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
            rows = tf.reshape(x, (len(x), -1))
            hidden = tf.reduce_sum(tf.nn.softplus(rows @ weights + hidden_bias), axis=1)
            objective = log_probability + strength * (tf.linalg.matvec(rows, visible_bias) + hidden)
        x = x + learning_rate * tape.gradient(objective, x)
    return tf.clip_by_value(x, 0.0, 1.0).numpy()


@misconception(
    replaces="am_with_expert",
    loses=ASCENT,
    hint="The expert takes no part in your steps: the tape does not see it. A NumPy array is a constant to the tape, "
    "also one that your own function returns.",
)
def expert_without_a_gradient(
    model, target, weights, visible_bias, hidden_bias, *, start, strength=0.01, learning_rate=0.1, num_steps=200
):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = tf.clip_by_value(x + learning_rate * tape.gradient(log_probability, x), 0.0, 1.0)
    return x.numpy()
