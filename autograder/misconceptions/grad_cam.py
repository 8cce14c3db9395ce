"""What learners get wrong in Grad-CAM, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.grad_cam import grad_cam
from understanding_nn.arguments import check_explanation
from understanding_nn.parts import split

EVERY_PART = ("grad_cam", "every_layer", "trained_networks")
FROM_PART_2 = EVERY_PART[1:]


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Your map has negative values: the ReLU around the weighted sum is missing.",
)
def relu_forgotten(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.einsum("nijk,nk->nij", A, tf.reduce_mean(g, axis=(1, 2))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Your weights are the sums of the gradients over the places. Take their means: your map is too large by "
    "the number of places.",
)
def sum_of_gradients(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.einsum("nijk,nk->nij", A, tf.reduce_sum(g, axis=(1, 2)))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Your gradient is that of the softmax probability. Differentiate the logit, the model's output as it is.",
)
def softmax_instead_of_logit(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(tf.nn.softmax(upper(A)), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.einsum("nijk,nk->nij", A, tf.reduce_mean(g, axis=(1, 2)))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="You multiply each place by its own gradient. Grad-CAM averages the gradient over the places first, so that "
    "a feature map has one weight.",
)
def gradient_of_each_place(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.reduce_sum(A * g, axis=-1)).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="The ReLU is in the wrong place: you rectify the weights. Feature maps that speak against the class keep "
    "their negative weights; only the finished sum is rectified.",
)
def weights_rectified(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.einsum("nijk,nk->nij", A, tf.nn.relu(tf.reduce_mean(g, axis=(1, 2))))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="You average the feature maps over the channels before you weight them. Weight each map, then add them up.",
)
def channels_averaged_before_weighting(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    weights = tf.reduce_sum(tf.reduce_mean(g, axis=(1, 2)), axis=-1)
    return tf.nn.relu(tf.reduce_mean(A, axis=-1) * weights[:, None, None]).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Your weights are averaged over the batch, too. Each image has weights of its own: average over the two axes "
    "of the places only.",
)
def averaged_over_the_batch(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    weights = tf.reduce_mean(g, axis=(0, 1, 2))
    return tf.nn.relu(tf.einsum("nijk,k->nij", A, weights)).numpy()


@misconception(
    replaces="grad_cam",
    loses=FROM_PART_2,
    hint="You take the last feature maps, whatever layer is asked for.",
)
def always_the_last_layer(model, x, target, *, layer):
    last = [each.name for each in model.layers if each.output.ndim == 4][-1]
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, last)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        output = tf.gather(upper(A), target, batch_dims=1)
    g = tape.gradient(output, A)
    return tf.nn.relu(tf.einsum("nijk,nk->nij", A, tf.reduce_mean(g, axis=(1, 2)))).numpy()


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Every image is explained for the first image's target. With an array of targets, image n has its own.",
)
def first_target_for_all_images(model, x, target, *, layer, correct=grad_cam):
    return correct(model, x, int(np.ravel(target)[0]), layer=layer)


@misconception(
    replaces="grad_cam",
    loses=EVERY_PART,
    hint="Each of your maps is scaled so that its largest value is 1. Return the values as they are: a scaled map has "
    "a bright place even where there is nothing to see.",
)
def scaled_to_one(model, x, target, *, layer, correct=grad_cam):
    maps = correct(model, x, target, layer=layer)
    largest = maps.max(axis=(1, 2), keepdims=True)
    return maps / np.where(largest > 0, largest, 1)
