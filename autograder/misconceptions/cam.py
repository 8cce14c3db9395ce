"""What learners get wrong in class activation maps, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.cam import cam, upsample
from understanding_nn.arguments import check_explanation
from understanding_nn.steps import inputs_of, steps_of

OF_THE_MAP = ("cam", "trained_network")
OF_THE_SIZE = ("upsample", "trained_network")


@misconception(
    replaces="cam",
    loses=OF_THE_MAP,
    hint="Your map has no negative values. A class activation map has no ReLU: what speaks against the class stays "
    "in it.",
)
def rectified(model, x, target, *, correct=cam):
    return np.maximum(correct(model, x, target), 0)


@misconception(
    replaces="cam",
    loses=OF_THE_MAP,
    hint="The bias of the class is in your map, at every place. It belongs to no place: leave it out.",
)
def bias_at_every_place(model, x, target):
    x, target = check_explanation(model, x, target)
    steps = steps_of(model)
    *_, feature_maps, _, _ = inputs_of(steps, x)
    scores = tf.einsum("nijk,kc->nijc", feature_maps, steps[-1].kernel) + steps[-1].bias
    return np.stack([scores[n, :, :, c] for n, c in enumerate(target.numpy())])


@misconception(
    replaces="cam",
    loses=OF_THE_MAP,
    hint="Your map is divided by the number of its places. In a class activation map the weights are used as they "
    "are; it is the mean of the map that gives the logit.",
)
def divided_by_the_number_of_places(model, x, target, *, correct=cam):
    maps = correct(model, x, target)
    return maps / maps[0].size


@misconception(
    replaces="cam",
    loses=OF_THE_MAP,
    hint="You take the mean of the feature maps over the channels, and weight it afterward. Weight each map first, "
    "then add them up: the channels see different things.",
)
def channels_averaged_before_weighting(model, x, target):
    x, target = check_explanation(model, x, target)
    steps = steps_of(model)
    *_, feature_maps, _, _ = inputs_of(steps, x)
    weights = tf.reduce_sum(tf.gather(steps[-1].kernel, target, axis=1), axis=0)
    return (tf.reduce_mean(feature_maps, axis=-1) * weights[:, None, None]).numpy()


@misconception(
    replaces="cam",
    loses=OF_THE_MAP,
    hint="Your feature maps are those before the last ReLU. Take what is averaged: the maps behind it.",
)
def maps_before_the_relu(model, x, target):
    x, target = check_explanation(model, x, target)
    steps = steps_of(model)
    before_relu = inputs_of(steps, x)[-4]
    weights = tf.gather(steps[-1].kernel, target, axis=1)
    return tf.einsum("nijk,kn->nij", before_relu, weights).numpy()


@misconception(
    replaces="cam",
    loses=OF_THE_MAP,
    hint="Every image has the map of the first image's target. With an array of targets, image n has its own: "
    "column target[n] of the kernel.",
)
def first_target_for_all_images(model, x, target, *, correct=cam):
    return correct(model, x, int(np.ravel(target)[0]))


@misconception(
    replaces="cam",
    loses=OF_THE_MAP,
    hint="Your weights have lost their sign. A feature map with a negative weight speaks against the class.",
)
def absolute_weights(model, x, target):
    x, target = check_explanation(model, x, target)
    steps = steps_of(model)
    *_, feature_maps, _, _ = inputs_of(steps, x)
    weights = tf.abs(tf.gather(steps[-1].kernel, target, axis=1))
    return tf.einsum("nijk,kn->nij", feature_maps, weights).numpy()


@misconception(
    replaces="cam",
    loses=OF_THE_MAP,
    hint="Each of your maps is stretched from its smallest value to its largest. Return the values as they are: "
    "stretching is for pictures, and draws a bright place in every one of them.",
)
def stretched_to_one(model, x, target, *, correct=cam):
    maps = correct(model, x, target)
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    return (maps - low) / (high - low)


@misconception(
    replaces="upsample",
    loses=OF_THE_SIZE,
    hint="Your enlarged map consists of squares of one value. Interpolate between the centers of the cells.",
)
def nearest_cell(maps, size):
    return tf.image.resize(maps[..., None], np.broadcast_to(size, 2), method="nearest")[..., 0].numpy()


@misconception(
    replaces="upsample",
    loses=OF_THE_SIZE,
    hint="You interpolate between the corners: the first pixel's center lies on the first cell's center, the last on "
    "the last. Pixels and cells share their outer edges, so the centers lie half a pixel and half a cell inside.",
)
def corners_aligned(maps, size):
    return tf.compat.v1.image.resize_bilinear(maps[..., None], np.broadcast_to(size, 2), align_corners=True)[
        ..., 0
    ].numpy()


@misconception(
    replaces="upsample",
    loses=OF_THE_SIZE,
    hint="Your interpolation is cubic, and goes beyond the values of the map. Interpolate linearly between two "
    "neighboring centers.",
)
def cubic(maps, size):
    return tf.image.resize(maps[..., None], np.broadcast_to(size, 2), method="bicubic")[..., 0].numpy()


@misconception(
    replaces="upsample",
    loses=OF_THE_SIZE,
    hint="Your enlarged maps are stretched to the range from 0 to 1. Keep their values: only the size changes.",
)
def enlarged_and_stretched(maps, size, *, correct=upsample):
    large = correct(maps, size)
    low, high = large.min(axis=(1, 2), keepdims=True), large.max(axis=(1, 2), keepdims=True)
    return (large - low) / (high - low)
