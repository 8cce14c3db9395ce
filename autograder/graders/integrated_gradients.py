"""Hidden tests of integrated gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network
from autograder.grading.student import Student
from solutions.integrated_gradients import integrated_gradients
from solutions.sensitivity_analysis import logit_gradient
from understanding_nn import networks

GAP = ("completeness_gap",)
FROM_PART_2 = ("integrated_gradients", "trained_network")
SMALL, TRAINED = 1e-4, 1e-3


def draw_gaps(rng: np.random.Generator) -> list[Call]:
    """Attributions that sum to too much for one image and to too little for the next, for each form of a baseline."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(8, 7, 2), convolutions=2)
    x, targets, baselines = _images(rng, deep)
    return [
        _gap(rng, dense, *_images(rng, dense)[:2], 0.0, "with the baseline 0"),
        _gap(rng, deep, x, targets, baselines, "with a baseline for each image"),
        _gap(rng, deep, x, int(targets[0]), baselines[0], "with one baseline and one target for all images"),
        _gap(rng, deep, x[:1], int(targets[0]), baselines[:1], "with a batch of one image"),
    ]


def draw_small(rng: np.random.Generator) -> list[Call]:
    """Few steps, so that it shows which points were taken; each form of a baseline; blocks that do not come out even.

    Baselines differ from pixel to pixel where max pooling follows: on a constant one, rounding would decide which value
    of a window is the largest.
    """
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(8, 7, 2), convolutions=2)
    x, targets, baselines = _images(rng, deep)
    number = round(float(rng.uniform(0.3, 0.7)), 2)
    steps = int(rng.integers(4, 7))
    uneven = {"num_steps": 7, "batch_size": int(rng.integers(4, 7))}
    return [
        _call(dense, *_images(rng, dense)[:2], "with its defaults"),
        _call(dense, *_images(rng, dense)[:2], "with a number as baseline", baseline=number, num_steps=steps),
        _call(deep, x, targets, "with a baseline for each image", baseline=baselines, num_steps=steps),
        _call(deep, x, int(targets[0]), "with one baseline for all images", baseline=baselines[0], num_steps=steps),
        _call(deep, x, targets, "with a small batch_size", baseline=baselines, **uneven),
        _call(deep, x[:1], int(targets[0]), "with a single step", num_steps=1),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network, for their own and for other classes; from black, noise and other digits."""
    x, labels = draw_digits(rng, 4)
    others, _ = draw_digits(rng, 4)
    noise = rng.uniform(0, 0.5, x.shape[1:]).astype(np.float32)
    other_classes = (labels + rng.integers(1, 10, len(labels))) % 10
    targets = np.where(np.arange(len(labels)) % 2, other_classes, labels).astype(np.int32)
    starts = {"from black": 0.0, "from noise": noise, "from other digits": others}
    model, steps = networks.load("mnist_cnn"), int(rng.integers(4, 7))
    return [
        _call(model, x, targets, f"on mnist_cnn, {name}", tolerance=TRAINED, baseline=start, num_steps=steps)
        for name, start in starts.items()
    ]


def _images(rng: np.random.Generator, model: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four images with a class and a baseline each."""
    x, baselines = rng.uniform(0, 1, (2, 4, *model.input_shape[1:])).astype(np.float32)
    return x, rng.permutation(4).astype(np.int32), baselines


def _call(model: Any, x: Any, target: Any, label: str, *, tolerance: float = SMALL, **options: Any) -> Call:
    return Call("integrated_gradients", (model, x, target), options, label=label, tolerance=tolerance)


def _gap(rng: np.random.Generator, model: Any, x: Any, target: Any, baseline: Any, label: str) -> Call:
    """Asks for the gap of an attribution that is made to miss the difference by a quarter to a half of it."""
    targets = np.broadcast_to(target, len(x))
    start = np.broadcast_to(np.asarray(baseline, np.float32), x.shape)
    end, begin = (tf.gather(model(images), targets, batch_dims=1).numpy() for images in (x, start))
    excess = rng.uniform(0.25, 0.5, len(x)) * np.where(np.arange(len(x)) % 2, 1, -1)
    noise = rng.normal(0, 0.1, x.shape)
    missing = (1 + excess) * (end - begin) - noise.sum(axis=(1, 2, 3))
    attribution = (noise + missing.reshape(-1, 1, 1, 1) / noise[0].size).astype(np.float32)
    return Call("completeness_gap", (attribution, model, x, target), {"baseline": baseline}, label=label)


@part("completeness_gap", draw=draw_gaps)
def test_gap_of_any_attribution(student: Student, case: Case) -> None:
    student.must_match(case)


@part("integrated_gradients", draw=draw_small)
def test_attributions_on_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_attributions_on_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------
# Where `correct` is an argument, the mistake is in how a right result is asked for, or in what is done with it.


@misconception(
    replaces="completeness_gap",
    loses=GAP,
    hint="Your gap is negative where the sum is too small. Take the absolute value of the miss, and of the difference.",
)
def gap_with_a_sign(attribution, model, x, target, *, baseline=0.0):
    start = np.broadcast_to(np.asarray(baseline, np.float32), np.shape(x))
    rows, target = np.arange(len(x)), np.broadcast_to(target, len(x))
    difference = model(x).numpy()[rows, target] - model(start).numpy()[rows, target]
    return (np.sum(attribution, axis=(1, 2, 3)) - difference) / difference


@misconception(
    replaces="completeness_gap",
    loses=GAP,
    hint="You compare the sum with the image's logit. What is explained is its difference from the baseline's logit.",
)
def baseline_left_out_of_the_gap(attribution, model, x, target, *, baseline=0.0):
    logit = model(x).numpy()[np.arange(len(x)), np.broadcast_to(target, len(x))]
    return np.abs(np.sum(attribution, axis=(1, 2, 3)) - logit) / np.abs(logit)


@misconception(
    replaces="completeness_gap",
    loses=GAP,
    hint="Your gap is in logits. Divide by the size of the difference that is explained: a gap is a fraction of it.",
)
def gap_in_logits(attribution, model, x, target, *, baseline=0.0):
    start = np.broadcast_to(np.asarray(baseline, np.float32), np.shape(x))
    rows, target = np.arange(len(x)), np.broadcast_to(target, len(x))
    difference = model(x).numpy()[rows, target] - model(start).numpy()[rows, target]
    return np.abs(np.sum(attribution, axis=(1, 2, 3)) - difference)


@misconception(
    replaces="completeness_gap",
    loses=GAP,
    hint="You divide by the sum of the attribution. The gap is a fraction of what the sum should be, the difference of "
    "the two logits.",
)
def gap_relative_to_the_sum(attribution, model, x, target, *, baseline=0.0):
    start = np.broadcast_to(np.asarray(baseline, np.float32), np.shape(x))
    rows, target = np.arange(len(x)), np.broadcast_to(target, len(x))
    difference = model(x).numpy()[rows, target] - model(start).numpy()[rows, target]
    total = np.sum(attribution, axis=(1, 2, 3))
    return np.abs(total - difference) / np.abs(total)


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="This is a left Riemann sum: your points start at the baseline and stop one step before the image. Take the "
    "right end of each interval.",
)
def left_riemann_sum(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256):
    start = np.broadcast_to(np.asarray(baseline, np.float32), x.shape)
    parts = np.arange(num_steps, dtype=np.float32) / num_steps
    return (x - start) * np.mean([logit_gradient(model, start + t * (x - start), target) for t in parts], axis=0)


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="Your points include both ends of the way, so that num_steps of them make one interval less. Leave the "
    "baseline out, and space the points by 1/num_steps.",
)
def both_ends_of_the_way(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256):
    start = np.broadcast_to(np.asarray(baseline, np.float32), x.shape)
    parts = np.linspace(0, 1, num_steps, dtype=np.float32)
    return (x - start) * np.mean([logit_gradient(model, start + t * (x - start), target) for t in parts], axis=0)


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="This is the mean gradient alone. Multiply it by how far each pixel has walked, x minus baseline.",
)
def difference_forgotten(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256):
    start = np.broadcast_to(np.asarray(baseline, np.float32), x.shape)
    parts = np.arange(1, num_steps + 1, dtype=np.float32) / num_steps
    return np.mean([logit_gradient(model, start + t * (x - start), target) for t in parts], axis=0)


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="Your mean gradient is multiplied by the image. It must be multiplied by the difference, x minus baseline.",
)
def multiplied_by_the_image(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256):
    start = np.broadcast_to(np.asarray(baseline, np.float32), x.shape)
    parts = np.arange(1, num_steps + 1, dtype=np.float32) / num_steps
    return x * np.mean([logit_gradient(model, start + t * (x - start), target) for t in parts], axis=0)


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="Your way always starts at black: you scale the image. The way leads from the baseline to the image; only "
    "from a baseline of 0 is that the same.",
)
def way_from_black(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256):
    start = np.broadcast_to(np.asarray(baseline, np.float32), x.shape)
    parts = np.arange(1, num_steps + 1, dtype=np.float32) / num_steps
    return (x - start) * np.mean([logit_gradient(model, t * x, target) for t in parts], axis=0)


@misconception(
    replaces="integrated_gradients",
    loses=("integrated_gradients",),
    hint="Your result depends on batch_size: you average the averages of blocks, and the last block is smaller than "
    "the others. Add up all gradients, and divide once.",
)
def mean_of_unequal_blocks(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256):
    start = np.broadcast_to(np.asarray(baseline, np.float32), x.shape)
    means, steps = [], range(1, num_steps + 1)
    for first in range(0, num_steps, batch_size):
        block = [start + np.float32(k / num_steps) * (x - start) for k in steps[first : first + batch_size]]
        means.append(np.mean([logit_gradient(model, point, target) for point in block], axis=0))
    return (x - start) * np.mean(means, axis=0)


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="These are gradients of the softmax probability on the way. Differentiate the logit itself.",
)
def softmax_instead_of_logit(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256):
    start = np.broadcast_to(np.asarray(baseline, np.float32), x.shape)
    target, total = np.broadcast_to(target, len(x)), 0
    for k in range(1, num_steps + 1):
        point = tf.constant(start + np.float32(k / num_steps) * (x - start))
        with tf.GradientTape() as tape:
            tape.watch(point)
            probability = tf.gather(tf.nn.softmax(model(point)), target, batch_dims=1)
        total += tape.gradient(probability, point).numpy()
    return (x - start) * total / num_steps


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="This is the gradient at the image times the difference: the end of the way alone. Average the gradient over "
    "all points of the way.",
)
def only_the_end_of_the_way(
    model, x, target, *, baseline=0.0, num_steps=50, batch_size=256, correct=integrated_gradients
):
    return correct(model, x, target, baseline=baseline, num_steps=1)


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="Your gradients are added up and not averaged: the result grows with num_steps. Divide by num_steps.",
)
def sum_instead_of_mean(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256, correct=integrated_gradients):
    return num_steps * correct(model, x, target, baseline=baseline, num_steps=num_steps)


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="These are absolute values. Integrated gradients have signs: without them the sum is not the difference.",
)
def absolute_values(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256, correct=integrated_gradients):
    return np.abs(correct(model, x, target, baseline=baseline, num_steps=num_steps))


@misconception(
    replaces="integrated_gradients",
    loses=FROM_PART_2,
    hint="Every image walks from the first image's baseline. With an array (N, H, W, C), image n has baseline n.",
)
def first_baseline_for_all_images(
    model, x, target, *, baseline=0.0, num_steps=50, batch_size=256, correct=integrated_gradients
):
    baseline = np.asarray(baseline, np.float32)
    baseline = baseline[:1] if baseline.ndim == x.ndim else baseline
    return correct(model, x, target, baseline=baseline, num_steps=num_steps)
