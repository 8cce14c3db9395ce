"""Hidden tests of class activation maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_cluttered, draw_network
from autograder.grading.student import Student
from solutions.cam import cam, upsample
from understanding_nn import networks
from understanding_nn.arguments import check_explanation
from understanding_nn.steps import inputs_of, steps_of

OF_THE_MAP = ("cam", "trained_network")
OF_THE_SIZE = ("upsample", "trained_network")
SMALL, TRAINED = 1e-4, 1e-3


def draw_maps(rng: np.random.Generator) -> list[Call]:
    """One and two convolutions, colors, sides that differ; one target per image, one for all, and a single image."""
    shallow = draw_network(rng, input_shape=(4, 5, 1), convolutions=1, averaged=True)
    deep = draw_network(rng, input_shape=(10, 8, 3), convolutions=2, padding="valid", averaged=True)
    return [*_calls(rng, shallow), *_calls(rng, deep)]


def draw_sizes(rng: np.random.Generator) -> list[Call]:
    """Maps of either sign, enlarged by whole numbers and by others."""

    def maps(*shape: int) -> np.ndarray:
        return rng.normal(1, 2, shape).astype(np.float32)

    return [
        Call("upsample", (maps(3, 4, 5), (12, 10)), label="by whole numbers", tolerance=SMALL),
        Call("upsample", (maps(2, 3, 4), (7, 11)), label="by numbers that are not whole", tolerance=SMALL),
        Call("upsample", (maps(2, 5, 3), 9), label="to a square", tolerance=SMALL),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Cluttered digits through the trained network, for the digits that they show and for others.

    Its last biases, which no map depends on, are drawn anew: its own are so small that a map with the bias in it could
    pass.
    """
    layers, weights = networks.describe(networks.load("cluttered_cnn"))
    bias = (rng.uniform(40, 60, 10) * rng.choice([-1, 1], 10)).astype(np.float32)
    model = networks.build(layers, [*weights[:-1], bias])
    x, labels = draw_cluttered(rng, 4)
    others = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    return [
        Call("cam", (model, x, labels.astype(np.int32)), label="on the trained network", tolerance=TRAINED),
        Call("cam", (model, x, others), label="on the trained network, for other classes", tolerance=TRAINED),
        Call("upsample", (cam(model, x, labels), 40), label="of the trained network's maps", tolerance=SMALL),
    ]


def _calls(rng: np.random.Generator, model: Any) -> list[Call]:
    x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    return [
        Call("cam", (model, x, targets), label="with one target per image", tolerance=SMALL),
        Call("cam", (model, x, one), label="with one target for all images", tolerance=SMALL),
        Call("cam", (model, x[:1], one), label="with a batch of one image", tolerance=SMALL),
    ]


@part("cam", draw=draw_maps)
def test_map_of_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("upsample", draw=draw_sizes)
def test_enlarged_maps(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


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
