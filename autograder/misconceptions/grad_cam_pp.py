"""What learners get wrong in Grad-CAM++, as they might write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from autograder.grading import misconception
from solutions.grad_cam_pp import grad_cam_pp
from understanding_nn.arguments import check_explanation
from understanding_nn.parts import split

EVERY_PART = ("grad_cam_pp", "every_layer", "trained_networks")


def _gradient(model: Any, x: Any, target: Any, layer: str, output: Any = tf.identity) -> tuple[Any, Any, Any]:
    """What most mistakes below have right: the feature maps, the logit's gradient, the sum of each map."""
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        logit = tf.gather(output(upper(A)), target, batch_dims=1)
    return A, tape.gradient(logit, A), tf.reduce_sum(A, axis=(1, 2), keepdims=True)


def _alpha(g: Any, S: Any) -> Any:
    return tf.math.divide_no_nan(g**2, 2 * g**2 + S * g**3)


def _map(A: Any, weights: Any, relu: Callable[..., Any] = tf.nn.relu) -> Any:
    return relu(tf.einsum("nijk,nk->nij", A, weights)).numpy()


@misconception(
    replaces="grad_cam_pp",
    loses=EVERY_PART,
    hint="These are the maps of Grad-CAM: the weight of a map is the mean of its gradient. In Grad-CAM++ each place "
    "has a weight alpha of its own, and only positive gradients count.",
)
def grad_cam_instead(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    lower, upper = split(model, layer)
    A = lower(x)
    with tf.GradientTape() as tape:
        tape.watch(A)
        logit = tf.gather(upper(A), target, axis=1, batch_dims=1)
    w = tf.reduce_mean(tape.gradient(logit, A), axis=(1, 2))
    return tf.nn.relu(tf.einsum("nijk,nk->nij", A, w)).numpy()


@misconception(
    replaces="grad_cam_pp",
    loses=EVERY_PART,
    hint="The ReLU around the gradient is missing: places with a negative gradient must add nothing to the weight.",
)
def negative_gradients_counted(model, x, target, *, layer):
    A, g, S = _gradient(model, x, target, layer)
    return _map(A, tf.reduce_sum(_alpha(g, S) * g, axis=(1, 2)))


@misconception(
    replaces="grad_cam_pp",
    loses=("every_layer",),
    hint="Your map has negative values at a layer without ReLU: rectify the weighted sum of the maps as well.",
)
def map_not_rectified(model, x, target, *, layer):
    A, g, S = _gradient(model, x, target, layer)
    return _map(A, tf.reduce_sum(_alpha(g, S) * tf.nn.relu(g), axis=(1, 2)), relu=tf.identity)


@misconception(
    replaces="grad_cam_pp",
    loses=EVERY_PART,
    hint="Every place gets the same alpha, 1: these are the sums of the positive gradients. alpha divides by "
    "2 g² + Σ A g³.",
)
def alpha_left_out(model, x, target, *, layer):
    A, g, _ = _gradient(model, x, target, layer)
    return _map(A, tf.reduce_sum(tf.nn.relu(g), axis=(1, 2)))


@misconception(
    replaces="grad_cam_pp",
    loses=EVERY_PART,
    hint="The weights are sums over the places; yours are means.",
)
def mean_over_places(model, x, target, *, layer):
    A, g, S = _gradient(model, x, target, layer)
    return _map(A, tf.reduce_mean(_alpha(g, S) * tf.nn.relu(g), axis=(1, 2)))


@misconception(
    replaces="grad_cam_pp",
    loses=EVERY_PART,
    hint="In the denominator of alpha you sum A g³ over the places. The sum is over A alone: g³ is that of the place "
    "whose alpha it is.",
)
def products_summed(model, x, target, *, layer):
    A, g, _ = _gradient(model, x, target, layer)
    denominator = 2 * g**2 + tf.reduce_sum(A * g**3, axis=(1, 2), keepdims=True)
    return _map(A, tf.reduce_sum(tf.math.divide_no_nan(g**2, denominator) * tf.nn.relu(g), axis=(1, 2)))


@misconception(
    replaces="grad_cam_pp",
    loses=EVERY_PART,
    hint="In the denominator of alpha each place has its own activation. It is the sum of the whole feature map, "
    "Σ_ab A(a, b), at every place.",
)
def activation_of_the_place(model, x, target, *, layer):
    A, g, _ = _gradient(model, x, target, layer)
    return _map(A, tf.reduce_sum(_alpha(g, A) * tf.nn.relu(g), axis=(1, 2)))


@misconception(
    replaces="grad_cam_pp",
    loses=EVERY_PART,
    hint="In the denominator of alpha you sum over the channels, too. Each feature map has a sum of its own.",
)
def sum_over_all_channels(model, x, target, *, layer):
    A, g, S = _gradient(model, x, target, layer)
    return _map(A, tf.reduce_sum(_alpha(g, tf.reduce_sum(S, axis=3, keepdims=True)) * tf.nn.relu(g), axis=(1, 2)))


@misconception(
    replaces="grad_cam_pp",
    loses=EVERY_PART,
    hint="Your maps carry the factor exp(f) of the paper. It is one number for an image, overflows for large logits, "
    "and is left out here.",
)
def with_the_exponential(model, x, target, *, layer):
    x, target = check_explanation(model, x, target)
    logit = tf.gather(model(x), target, batch_dims=1)
    return grad_cam_pp(model, x, target, layer=layer) * tf.exp(logit).numpy()[:, None, None]


@misconception(
    replaces="grad_cam_pp",
    loses=EVERY_PART,
    hint="Your gradient is that of the softmax probability. Differentiate the logit, the model's output as it is.",
)
def softmax_instead_of_logit(model, x, target, *, layer):
    A, g, S = _gradient(model, x, target, layer, tf.nn.softmax)
    return _map(A, tf.reduce_sum(tf.math.divide_no_nan(tf.nn.relu(g), 2 + S * g), axis=(1, 2)))
