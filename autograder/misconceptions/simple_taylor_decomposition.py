"""What learners get wrong in simple Taylor decomposition, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.sensitivity_analysis import logit_gradient

FIRST_PART = ("taylor_decomposition",)
FROM_PART_2 = ("simple_taylor_decomposition", "trained_network")


@misconception(
    replaces="taylor_decomposition",
    loses=FIRST_PART,
    hint="Your gradient is taken at the image. A Taylor expansion around the root point uses the slopes at the root "
    "point; the image enters through the distance alone.",
)
def gradient_at_the_image(model, x, target, *, root):
    return logit_gradient(model, x, target) * (x - root)


@misconception(
    replaces="taylor_decomposition",
    loses=FIRST_PART,
    hint="The slopes at the root point are multiplied by the image. Each slope belongs to the step from the root point "
    "to the image: subtract the root point.",
)
def root_forgotten_in_the_distance(model, x, target, *, root):
    x = np.asarray(x, dtype=np.float32)
    roots = np.broadcast_to(root, x.shape).astype(np.float32)
    return logit_gradient(model, roots, target) * x


@misconception(
    replaces="taylor_decomposition",
    loses=FIRST_PART,
    hint="Your signs are the wrong way round: you step from the image to the root point. The expansion starts at the "
    "root point.",
)
def distance_the_wrong_way_round(model, x, target, *, root):
    roots = np.broadcast_to(root, np.shape(x)).astype(np.float32)
    return logit_gradient(model, roots, target) * (roots - x)


@misconception(
    replaces="taylor_decomposition",
    loses=FIRST_PART,
    hint="Your gradient is taken at the difference between image and root point, which is no point of the expansion. "
    "Take it at the root point.",
)
def gradient_at_the_difference(model, x, target, *, root):
    step = (np.asarray(x) - np.asarray(root)).astype(np.float32)
    return logit_gradient(model, step, target) * step


@misconception(
    replaces="taylor_decomposition",
    loses=FIRST_PART,
    hint="These are the slopes at the root point alone. Multiply each by its pixel's distance from the root point.",
)
def slopes_without_the_distance(model, x, target, *, root):
    return logit_gradient(model, np.broadcast_to(root, np.shape(x)).astype(np.float32), target)


@misconception(
    replaces="taylor_decomposition",
    loses=FIRST_PART,
    hint="Every image is expanded around the first image's root point. With an array (N, H, W, C), image n has root "
    "point n.",
)
def first_root_for_all_images(model, x, target, *, root):
    root = np.asarray(root, dtype=np.float32)
    first = root[0] if root.ndim == np.ndim(x) else root
    roots = np.broadcast_to(first, np.shape(x)).astype(np.float32)
    return logit_gradient(model, roots, target) * (x - roots)


@misconception(
    replaces="taylor_decomposition",
    loses=FIRST_PART,
    hint="Each slope is multiplied by the size of the distance, without its sign. A pixel that is darker than in the "
    "root point has stepped down: its distance is negative.",
)
def distance_without_sign(model, x, target, *, root):
    roots = np.broadcast_to(root, np.shape(x)).astype(np.float32)
    return logit_gradient(model, roots, target) * np.abs(x - roots)


@misconception(
    replaces="simple_taylor_decomposition",
    loses=FROM_PART_2,
    hint="This is the gradient alone. In the limit the distance x - t x does not vanish: only t does.",
)
def gradient_without_the_input(model, x, target):
    return logit_gradient(model, x, target)


@misconception(
    replaces="simple_taylor_decomposition",
    loses=FROM_PART_2,
    hint="Your root point is the black image itself. There every ReLU without bias stands at its kink, where the slope "
    "is 0 by convention; the limit comes from points t x with t > 0.",
)
def root_at_the_black_image(model, x, target):
    return logit_gradient(model, np.zeros_like(x), target) * x


@misconception(
    replaces="simple_taylor_decomposition",
    loses=FROM_PART_2,
    hint="Your root point is x / 2, where the logit is half of what it is at x, not 0; so your terms explain one half "
    "of it. Let t go to 0.",
)
def root_half_way(model, x, target):
    x = np.asarray(x, dtype=np.float32)
    return logit_gradient(model, x / 2, target) * (x - x / 2)


@misconception(
    replaces="simple_taylor_decomposition",
    loses=FROM_PART_2,
    hint="Your terms have lost their signs. A pixel can speak against the target; only with their signs do the terms "
    "sum to the logit.",
)
def absolute_value(model, x, target):
    return np.abs(x * logit_gradient(model, x, target))


@misconception(
    replaces="simple_taylor_decomposition",
    loses=FROM_PART_2,
    hint="Here the slope is squared, as in sensitivity analysis. The expansion is of first order in the slope.",
)
def squared_gradient_times_input(model, x, target):
    return x * np.square(logit_gradient(model, x, target))


@misconception(
    replaces="simple_taylor_decomposition",
    loses=FROM_PART_2,
    hint="Your terms sum to 1: they are divided by the logit. Return them as they are, in logits; shares of a logit "
    "near 0 mean nothing.",
)
def shares_instead_of_logits(model, x, target):
    terms = x * logit_gradient(model, x, target)
    return terms / terms.sum(axis=tuple(range(1, terms.ndim)), keepdims=True)


@misconception(
    replaces="simple_taylor_decomposition",
    loses=FROM_PART_2,
    hint="You decompose the softmax probability. Differentiate the logit itself, the model's output as it is: a "
    "probability is not homogeneous.",
)
def softmax_instead_of_logit(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        probability = tf.gather(tf.nn.softmax(model(x)), target, batch_dims=1)
    return (x * tape.gradient(probability, x)).numpy()
