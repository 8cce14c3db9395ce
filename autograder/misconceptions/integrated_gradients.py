"""What learners get wrong in integrated gradients, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.integrated_gradients import integrated_gradients
from solutions.sensitivity_analysis import logit_gradient

GAP = ("completeness_gap",)
FROM_PART_2 = ("integrated_gradients", "trained_network")


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
