"""What learners get wrong in layer-wise relevance propagation, as they might write it."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.lrp import lrp_conv, lrp_dense, lrp_pool
from understanding_nn.layer_arguments import check_dense
from understanding_nn.steps import inputs_of, steps_of
from understanding_nn.values import stabilized, to_array


@misconception(
    replaces="lrp_dense",
    loses=("lrp_dense", "lrp"),
    hint="The beta term has the wrong sign. (a w)⁻ and z⁻ are both negative, so their quotient is a positive share; "
    "it is subtracted.",
)
def beta_term_added(activation, kernel, bias, relevance, *, alpha=1.0, beta=0.0):
    a, w, b, R = check_dense(activation, kernel, bias, relevance)
    contributions = a[:, :, None] * w
    result = tf.zeros_like(a)
    for weight, part_of in ((alpha, tf.maximum), (beta, tf.minimum)):
        terms = part_of(contributions, 0.0)
        z = tf.reduce_sum(terms, axis=1) + part_of(b, 0.0)
        s = tf.math.divide_no_nan(R, z)
        result += weight * tf.reduce_sum(terms * s[:, None], axis=2)
    return to_array(result)


@misconception(
    replaces="lrp_dense",
    loses=("lrp_dense",),
    hint="You split the weights by sign, not the contributions. For a negative input a positive weight speaks "
    "against the neuron: (a w)⁺ = a⁺ w⁺ + a⁻ w⁻.",
)
def weights_split_instead_of_contributions(activation, kernel, bias, relevance, *, alpha=1.0, beta=0.0):
    a, w, b, R = check_dense(activation, kernel, bias, relevance)
    result = tf.zeros_like(a)
    for weight, part_of in ((alpha, tf.maximum), (-beta, tf.minimum)):
        z = tf.matmul(a, part_of(w, 0.0)) + part_of(b, 0.0)
        c = tf.matmul(R / stabilized(z), part_of(w, 0.0), transpose_b=True)
        result += weight * a * c
    return to_array(result)


@misconception(
    replaces="lrp_dense",
    loses=("lrp_dense", "lrp"),
    hint="The bias is left out of the denominators of the dense layers. Its positive part belongs to z⁺ and its "
    "negative part to z⁻; the share of the bias is lost.",
)
def bias_left_out(activation, kernel, bias, relevance, *, alpha=1.0, beta=0.0):
    a, w, _, R = check_dense(activation, kernel, bias, relevance)
    contributions = a[:, :, None] * w
    result = tf.zeros_like(a)
    for weight, part_of in ((alpha, tf.maximum), (-beta, tf.minimum)):
        terms = part_of(contributions, 0.0)
        z = tf.reduce_sum(terms, axis=1)
        s = tf.math.divide_no_nan(R, z)
        result += weight * tf.reduce_sum(terms * s[:, None], axis=2)
    return to_array(result)


@misconception(
    replaces="lrp_dense",
    loses=("lrp_dense", "lrp"),
    hint="The whole bias is in both denominators. Split it like everything else: max(b, 0) belongs to z⁺, min(b, 0) "
    "to z⁻.",
)
def whole_bias_in_both_parts(activation, kernel, bias, relevance, *, alpha=1.0, beta=0.0):
    a, w, b, R = check_dense(activation, kernel, bias, relevance)
    contributions = a[:, :, None] * w
    result = tf.zeros_like(a)
    for weight, part_of in ((alpha, tf.maximum), (-beta, tf.minimum)):
        terms = part_of(contributions, 0.0)
        z = tf.reduce_sum(terms, axis=1) + b
        s = tf.math.divide_no_nan(R, z)
        result += weight * tf.reduce_sum(terms * s[:, None], axis=2)
    return to_array(result)


@misconception(
    replaces="lrp_conv",
    loses=("lrp_conv",),
    hint="In the convolution you split the weights by sign, not the contributions. For a negative input a positive "
    "weight speaks against the neuron: (a w)⁺ = a⁺ w⁺ + a⁻ w⁻.",
)
def filters_split_instead_of_contributions(
    activation, kernel, bias, relevance, *, strides=1, padding="same", alpha=1.0, beta=0.0
):
    a, w = tf.cast(activation, tf.float32), tf.cast(kernel, tf.float32)
    b = tf.zeros(w.shape[-1]) if bias is None else tf.cast(bias, tf.float32)
    result = tf.zeros_like(a)
    for weight, part_of in ((alpha, tf.maximum), (-beta, tf.minimum)):
        z = tf.nn.conv2d(a, part_of(w, 0.0), strides, padding.upper()) + part_of(b, 0.0)
        s = tf.math.divide_no_nan(tf.cast(relevance, tf.float32), z)
        c = tf.nn.conv2d_transpose(s, part_of(w, 0.0), tf.shape(a), strides, padding.upper())
        result += weight * a * c
    return to_array(result)


@misconception(
    replaces="lrp_conv",
    loses=("lrp_conv", "lrp"),
    hint="Your kernel is flipped on the way back. tf.nn.conv2d_transpose is already the transposed map of "
    "tf.nn.conv2d: give it the same kernel, not a mirrored one.",
)
def kernel_mirrored_on_the_way_back(
    activation, kernel, bias, relevance, *, strides=1, padding="same", alpha=1.0, beta=0.0
):
    a, w = tf.cast(activation, tf.float32), tf.cast(kernel, tf.float32)
    b = tf.zeros(w.shape[-1]) if bias is None else tf.cast(bias, tf.float32)
    two = tf.concat([tf.maximum(a, 0.0), tf.minimum(a, 0.0)], axis=3)
    result = tf.zeros_like(two)
    for weight, one, other in ((alpha, tf.maximum, tf.minimum), (-beta, tf.minimum, tf.maximum)):
        both = tf.concat([one(w, 0.0), other(w, 0.0)], axis=2)
        z = tf.nn.conv2d(two, both, strides, padding.upper()) + one(b, 0.0)
        s = tf.math.divide_no_nan(tf.cast(relevance, tf.float32), z)
        c = tf.nn.conv2d_transpose(s, both[::-1, ::-1], tf.shape(two), strides, padding.upper())
        result += weight * two * c
    return to_array(tf.add(*tf.split(result, 2, axis=3)))


@misconception(
    replaces="lrp_pool",
    loses=("lrp_pool", "lrp"),
    hint="Under the proportional rule you hand every place of a window the same share. Each gets in proportion to its "
    "value: a_j divided by the sum of the window.",
)
def equal_shares_in_a_window(
    activation, relevance, *, pool_size=2, strides=None, padding="valid", rule="winner_take_all"
):
    a, R = tf.cast(activation, tf.float32), tf.cast(relevance, tf.float32)
    pool = tf.nn.max_pool2d if rule == "winner_take_all" else tf.nn.avg_pool2d
    with tf.GradientTape() as tape:
        tape.watch(a)
        z = pool(a, pool_size, strides or pool_size, padding.upper())
    return to_array(tape.gradient(z, a, output_gradients=R))


@misconception(
    replaces="lrp_pool",
    loses=("lrp_pool", "lrp"),
    hint="Every pooling is treated as proportional. Under winner_take_all the largest value of a window gets all of "
    "its relevance.",
)
def max_pooling_treated_as_average(
    activation, relevance, *, pool_size=2, strides=None, padding="valid", rule="winner_take_all"
):
    a, R = tf.cast(activation, tf.float32), tf.cast(relevance, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(a)
        z = tf.nn.avg_pool2d(a, pool_size, strides or pool_size, padding.upper())
    s = tf.math.divide_no_nan(R, z)
    return to_array(a * tape.gradient(z, a, output_gradients=s))


@misconception(
    replaces="lrp",
    loses=("lrp",),
    hint="Relevance starts from the softmax probability. Start from the logit itself: the relevances should add up to "
    "what the network computed, not to a number near 1.",
)
def starts_from_the_probability(model, x, target, *, alpha=2.0, beta=1.0, pool_rule="winner_take_all"):
    steps = steps_of(model)
    *activations, logits = inputs_of(steps, tf.cast(x, tf.float32))
    R = tf.nn.softmax(logits) * tf.one_hot(np.broadcast_to(target, len(x)), logits.shape[1])
    for step, a in zip(reversed(steps), reversed(activations), strict=True):
        window: dict[str, Any] = {"strides": step.strides, "padding": step.padding}
        if step.kind == "dense":
            R = lrp_dense(a, step.kernel, step.bias, R, alpha=alpha, beta=beta)
        elif step.kind == "conv":
            R = lrp_conv(a, step.kernel, step.bias, R, **window, alpha=alpha, beta=beta)
        elif step.kind == "max_pool":
            R = lrp_pool(a, R, pool_size=step.pool_size, **window, rule=pool_rule)
        elif step.kind == "average_pool":
            R = lrp_pool(a, R, pool_size=step.pool_size, **window, rule="proportional")
        elif step.kind == "global_average_pool":
            R = a * step.backward(a, tf.math.divide_no_nan(R, step.forward(a)))
        elif step.kind == "flatten":
            R = tf.reshape(R, tf.shape(a))
    return np.asarray(R)


@misconception(
    replaces="lrp",
    loses=("lrp",),
    hint="Relevance starts from all logits. Only the target's logit is explained: all other outputs start with 0.",
)
def starts_from_all_logits(model, x, target, *, alpha=2.0, beta=1.0, pool_rule="winner_take_all"):
    steps = steps_of(model)
    *activations, R = inputs_of(steps, tf.cast(x, tf.float32))
    for step, a in zip(reversed(steps), reversed(activations), strict=True):
        window: dict[str, Any] = {"strides": step.strides, "padding": step.padding}
        if step.kind == "dense":
            R = lrp_dense(a, step.kernel, step.bias, R, alpha=alpha, beta=beta)
        elif step.kind == "conv":
            R = lrp_conv(a, step.kernel, step.bias, R, **window, alpha=alpha, beta=beta)
        elif step.kind == "max_pool":
            R = lrp_pool(a, R, pool_size=step.pool_size, **window, rule=pool_rule)
        elif step.kind == "average_pool":
            R = lrp_pool(a, R, pool_size=step.pool_size, **window, rule="proportional")
        elif step.kind == "global_average_pool":
            R = a * step.backward(a, tf.math.divide_no_nan(R, step.forward(a)))
        elif step.kind == "flatten":
            R = tf.reshape(R, tf.shape(a))
    return np.asarray(R)


@misconception(
    replaces="lrp",
    loses=("lrp",),
    hint="alpha and beta do not reach the layers: your network is explained with alpha 1 and beta 0 whatever was asked "
    "for. Hand both on to lrp_dense and lrp_conv.",
)
def alpha_and_beta_not_handed_on(model, x, target, *, alpha=2.0, beta=1.0, pool_rule="winner_take_all"):
    steps = steps_of(model)
    *activations, logits = inputs_of(steps, tf.cast(x, tf.float32))
    R = logits * tf.one_hot(np.broadcast_to(target, len(x)), logits.shape[1])
    for step, a in zip(reversed(steps), reversed(activations), strict=True):
        window: dict[str, Any] = {"strides": step.strides, "padding": step.padding}
        if step.kind == "dense":
            R = lrp_dense(a, step.kernel, step.bias, R)
        elif step.kind == "conv":
            R = lrp_conv(a, step.kernel, step.bias, R, **window)
        elif step.kind == "max_pool":
            R = lrp_pool(a, R, pool_size=step.pool_size, **window, rule=pool_rule)
        elif step.kind == "average_pool":
            R = lrp_pool(a, R, pool_size=step.pool_size, **window, rule="proportional")
        elif step.kind == "global_average_pool":
            R = a * step.backward(a, tf.math.divide_no_nan(R, step.forward(a)))
        elif step.kind == "flatten":
            R = tf.reshape(R, tf.shape(a))
    return np.asarray(R)
