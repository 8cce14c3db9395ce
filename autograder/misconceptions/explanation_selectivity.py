"""What learners get wrong in explanation selectivity, as they might write it."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.explanation_selectivity import flip_curve

EVERY_CURVE = ("flip_curve", "trained_network")


@misconception(
    replaces="explanation_selectivity",
    loses=("explanation_selectivity",),
    hint="The steps are not scaled: with a width of 1 a curve of twice as many steps has twice the area. Divide by the "
    "number of steps, so that they fill [0, 1].",
)
def steps_of_width_one(curve):
    return np.asarray(np.trapezoid(curve, axis=1), np.float32)


@misconception(
    replaces="explanation_selectivity",
    loses=("explanation_selectivity",),
    hint="This is the plain mean of all values. In the trapezoid rule the first and the last value count one half.",
)
def mean_of_all_values(curve):
    return np.mean(curve, axis=1)


@misconception(
    replaces="explanation_selectivity",
    loses=("explanation_selectivity",),
    hint="The first value is left out: the area starts at the whole image, before anything is removed.",
)
def first_value_left_out(curve):
    return np.mean(curve[:, 1:], axis=1)


@misconception(
    replaces="explanation_selectivity",
    loses=("explanation_selectivity",),
    hint="This is the area above the curve, below its first value. Selectivity is the area under the curve.",
)
def area_of_the_drop(curve):
    return curve[:, 0] - np.mean((curve[:, :-1] + curve[:, 1:]) / 2, axis=1)


def walk(model, x, scores, target, *, patch_size, value, num_steps, alone=False):
    """What follows once patches have scores: remove them, largest first; alone puts each back before the next."""
    x, value = np.asarray(x), np.broadcast_to(np.asarray(value, np.float32), np.shape(x))
    rows, columns = x.shape[1] // patch_size, x.shape[2] // patch_size
    order = np.argsort(-scores, axis=1, kind="stable")
    turn = np.argsort(order, axis=1).reshape(len(x), rows, columns)
    turn = turn.repeat(patch_size, axis=1).repeat(patch_size, axis=2)[..., None]
    curve = []
    for k in range((rows * columns if num_steps is None else num_steps) + 1):
        gone = turn == k - 1 if alone else turn < k
        logits = model(tf.constant(np.where(gone, value, x), tf.float32)).numpy()
        curve.append(logits[np.arange(len(x)), np.broadcast_to(target, len(x))])
    return np.stack(curve, axis=1)


def patches(x, relevance, patch_size):
    """The pixels and channels of each patch, (N, patches, numbers in a patch)."""
    (count, height, width), relevance = np.shape(x)[:3], np.asarray(relevance, np.float32)
    cut = relevance.reshape(count, height // patch_size, patch_size, width // patch_size, patch_size, -1)
    return cut.transpose(0, 1, 3, 2, 4, 5).reshape(count, (height // patch_size) * (width // patch_size), -1)


@misconception(
    replaces="flip_curve",
    loses=EVERY_CURVE,
    hint="Your patches go in the opposite order, least relevant first. Sort from large to small.",
)
def least_relevant_first(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
    scores = -patches(x, relevance, patch_size).sum(axis=2)
    return walk(model, x, scores, target, patch_size=patch_size, value=value, num_steps=num_steps)


@misconception(
    replaces="flip_curve",
    loses=EVERY_CURVE,
    hint="Your patches are sorted by absolute relevance. What speaks against the target must go last, not first: keep "
    "the signs in the sum.",
)
def sign_of_the_relevance_lost(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
    scores = np.abs(patches(x, relevance, patch_size)).sum(axis=2)
    return walk(model, x, scores, target, patch_size=patch_size, value=value, num_steps=num_steps)


@misconception(
    replaces="flip_curve",
    loses=EVERY_CURVE,
    hint="Your patches are sorted by their largest value. A patch's score is the sum over its pixels and channels.",
)
def largest_value_instead_of_sum(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
    scores = patches(x, relevance, patch_size).max(axis=2)
    return walk(model, x, scores, target, patch_size=patch_size, value=value, num_steps=num_steps)


@misconception(
    replaces="flip_curve",
    loses=EVERY_CURVE,
    hint="All images share one order of patches. Sort the scores of each image by themselves, along axis 1.",
)
def one_order_for_the_batch(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
    scores = patches(x, relevance, patch_size).sum(axis=2).mean(axis=0, keepdims=True).repeat(len(x), axis=0)
    return walk(model, x, scores, target, patch_size=patch_size, value=value, num_steps=num_steps)


@misconception(
    replaces="flip_curve",
    loses=EVERY_CURVE,
    hint="Each patch is put back before the next one goes. What was removed stays removed: step k lacks k patches.",
)
def one_patch_at_a_time(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
    scores = patches(x, relevance, patch_size).sum(axis=2)
    return walk(model, x, scores, target, patch_size=patch_size, value=value, num_steps=num_steps, alone=True)


@misconception(
    replaces="flip_curve",
    loses=EVERY_CURVE,
    hint="These are probabilities. The curve records the logit, the model's output as it is: a softmax hardly moves "
    "while the network is sure, and mixes in all other classes.",
)
def softmax_instead_of_logit(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
    scores = patches(x, relevance, patch_size).sum(axis=2)

    def probabilities(images: Any) -> Any:
        return tf.nn.softmax(model(images))

    return walk(probabilities, x, scores, target, patch_size=patch_size, value=value, num_steps=num_steps)


@misconception(
    replaces="flip_curve",
    loses=EVERY_CURVE,
    hint="This is by how much the logit has fallen. Record the logit itself; the first is that of the whole image.",
)
def fall_instead_of_logit(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
    curve = flip_curve(model, x, relevance, target, patch_size=patch_size, value=value, num_steps=num_steps)
    return curve[:, :1] - curve


@misconception(
    replaces="flip_curve",
    loses=EVERY_CURVE,
    hint="Removed pixels are always set to 0. They take the value that was asked for.",
)
def always_black(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
    return flip_curve(model, x, relevance, target, patch_size=patch_size, num_steps=num_steps)


@misconception(
    replaces="flip_curve",
    loses=("flip_curve",),
    hint="Patches with equal scores go in reverse, the last one first. Turning a sorted list around turns its ties "
    "around, too: sort the negative scores, with kind='stable'.",
)
def ties_turned_around(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
    scores = patches(x, relevance, patch_size).sum(axis=2)
    place = np.argsort(scores, axis=1, kind="stable")
    ranks = np.argsort(place, axis=1).astype(np.float64)
    return walk(model, x, ranks, target, patch_size=patch_size, value=value, num_steps=num_steps)
