"""What learners get wrong in deep Taylor decomposition, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.deep_taylor_decomposition import z_box, z_box_conv, z_plus, z_plus_conv
from solutions.lrp import lrp_pool
from understanding_nn.steps import inputs_of, steps_of
from understanding_nn.values import stabilized, to_array


@misconception(
    replaces="z_plus",
    loses=("z_plus",),
    hint="You clip the weights. That is enough while no activation is negative; in general the contributions a w are "
    "split by their sign, and a negative activation times a negative weight is a positive contribution.",
)
def negative_weights_clipped_instead_of_contributions(activation, kernel, relevance):
    a, positive = tf.convert_to_tensor(activation), tf.nn.relu(kernel)
    s = relevance / stabilized(tf.matmul(a, positive))
    return to_array(a * tf.matmul(s, positive, transpose_b=True))


@misconception(
    replaces="z_plus",
    loses=("z_plus", "deep_taylor_decomposition"),
    hint="The last of the four steps is missing in z_plus: multiply c_j by the activation a_j. Your shares do not sum "
    "to the relevance that came in.",
)
def not_multiplied_by_the_activation(activation, kernel, relevance):
    two = tf.concat([tf.nn.relu(activation), tf.minimum(activation, 0.0)], axis=1)
    both = tf.concat([tf.nn.relu(kernel), tf.minimum(kernel, 0.0)], axis=0)
    c = tf.matmul(relevance / stabilized(tf.matmul(two, both)), both, transpose_b=True)
    return to_array(tf.add(*tf.split(c, 2, axis=1)))


@misconception(
    replaces="z_plus",
    loses=("z_plus", "deep_taylor_decomposition"),
    hint="z_plus hands relevance to inputs that inhibit the neuron: it shares by the absolute value of the "
    "contributions. Negative contributions get nothing.",
)
def absolute_contributions(activation, kernel, relevance):
    a, w = tf.abs(activation), tf.abs(kernel)
    s = relevance / stabilized(tf.matmul(a, w))
    return to_array(a * tf.matmul(s, w, transpose_b=True))


@misconception(
    replaces="z_plus",
    loses=("z_plus", "deep_taylor_decomposition"),
    hint="z_plus pays no attention to the activations: it shares by the positive weights alone.",
)
def shares_of_the_weights_alone(activation, kernel, relevance):
    positive = tf.nn.relu(kernel)
    s = relevance / stabilized(tf.reduce_sum(positive, axis=0))
    return to_array(tf.matmul(s, positive, transpose_b=True))


@misconception(
    replaces="z_box",
    loses=("z_box", "deep_taylor_decomposition"),
    hint="The term with the upper bound is missing in z_box: - h w⁻. Without it, a black pixel that a neuron wants "
    "to be black gets nothing.",
)
def high_forgotten(x, kernel, relevance, *, low=0.0, high=1.0):
    w_positive, w_negative = tf.nn.relu(kernel), tf.minimum(kernel, 0.0)
    s = relevance / stabilized(tf.matmul(x - low, w_positive) + tf.matmul(x, w_negative))
    c_positive, c_negative = (tf.matmul(s, w, transpose_b=True) for w in (w_positive, w_negative))
    return to_array((x - low) * c_positive + x * c_negative)


@misconception(
    replaces="z_box",
    loses=("z_box", "deep_taylor_decomposition"),
    hint="The term with the lower bound is missing in z_box: - l w⁺. With low = 0 nobody notices.",
)
def low_forgotten(x, kernel, relevance, *, low=0.0, high=1.0):
    w_positive, w_negative = tf.nn.relu(kernel), tf.minimum(kernel, 0.0)
    s = relevance / stabilized(tf.matmul(x, w_positive) + tf.matmul(x - high, w_negative))
    c_positive, c_negative = (tf.matmul(s, w, transpose_b=True) for w in (w_positive, w_negative))
    return to_array(x * c_positive + (x - high) * c_negative)


@misconception(
    replaces="z_box",
    loses=("z_box", "deep_taylor_decomposition"),
    hint="In z_box the bounds have changed places. The search goes to the corner that excites the neuron least: down "
    "to low where the weight is positive, up to high where it is negative.",
)
def bounds_exchanged(x, kernel, relevance, *, low=0.0, high=1.0):
    w_positive, w_negative = tf.nn.relu(kernel), tf.minimum(kernel, 0.0)
    s = relevance / stabilized(tf.matmul(x - high, w_positive) + tf.matmul(x - low, w_negative))
    c_positive, c_negative = (tf.matmul(s, w, transpose_b=True) for w in (w_positive, w_negative))
    return to_array((x - high) * c_positive + (x - low) * c_negative)


@misconception(
    replaces="z_box",
    loses=("z_box", "deep_taylor_decomposition"),
    hint="This is the w² rule, for inputs without bounds. z_box takes the bounds into account, and the pixels.",
)
def squared_weights_instead_of_the_box(x, kernel, relevance, *, low=0.0, high=1.0):
    squares = tf.square(kernel)
    return to_array(tf.matmul(relevance / tf.reduce_sum(squares, axis=0), squares, transpose_b=True))


@misconception(
    replaces="z_box_conv",
    loses=("convolutions", "deep_taylor_decomposition"),
    hint="In z_box_conv the zero padding takes part: your denominators hold low and high at places where there is no "
    "pixel. Convolve an image of low and one of high, padded like the image itself.",
)
def bounds_in_the_padding(x, kernel, relevance, *, low=0.0, high=1.0, strides=1, padding="same"):
    x, padding = tf.convert_to_tensor(x), padding.upper()
    w_positive, w_negative = tf.nn.relu(kernel), tf.minimum(kernel, 0.0)
    low, high = (tf.broadcast_to(bound, tf.shape(x)) for bound in (low, high))
    l_everywhere = tf.matmul(low[:, :1, :1], tf.reduce_sum(w_positive, axis=(0, 1)))
    h_everywhere = tf.matmul(high[:, :1, :1], tf.reduce_sum(w_negative, axis=(0, 1)))
    s = relevance / stabilized(tf.nn.conv2d(x, kernel, strides, padding) - l_everywhere - h_everywhere)
    c_positive, c_negative = (
        tf.nn.conv2d_transpose(s, w, tf.shape(x), strides, padding) for w in (w_positive, w_negative)
    )
    return to_array((x - low) * c_positive + (x - high) * c_negative)


@misconception(
    replaces="z_plus_conv",
    loses=("convolutions", "deep_taylor_decomposition"),
    hint="z_plus_conv hands relevance to inputs that inhibit a filter: the numerators hold all contributions, the "
    "denominators only the positive ones. Use the same weights in z and in c.",
)
def negative_contributions_in_the_numerator(activation, kernel, relevance, *, strides=1, padding="same"):
    a, padding = tf.convert_to_tensor(activation), padding.upper()
    z = tf.nn.conv2d(tf.nn.relu(a), tf.nn.relu(kernel), strides, padding)
    z += tf.nn.conv2d(tf.minimum(a, 0.0), tf.minimum(kernel, 0.0), strides, padding)
    c = tf.nn.conv2d_transpose(relevance / stabilized(z), kernel, tf.shape(a), strides, padding)
    return to_array(a * c)


@misconception(
    replaces="deep_taylor_decomposition",
    loses=("deep_taylor_decomposition",),
    hint="You start from the logit as it is. Deep Taylor decomposition starts from max(0, f): where the logit is not "
    "positive there is nothing to explain, and every pixel gets 0.",
)
def negative_logits_explained(model, x, target, *, low=0.0, high=1.0):
    steps = steps_of(model)
    *activations, logits = inputs_of(steps, tf.convert_to_tensor(x))
    R = (logits * tf.one_hot(target, logits.shape[1])).numpy()
    first = next(i for i, step in enumerate(steps) if step.kernel is not None)
    for i, (step, a) in reversed(list(enumerate(zip(steps, activations, strict=True)))):
        if step.kind == "dense":
            R = z_box(a, step.kernel, R, low=low, high=high) if i == first else z_plus(a, step.kernel, R)
        elif step.kind == "conv" and i == first:
            R = z_box_conv(a, step.kernel, R, low=low, high=high, strides=step.strides, padding=step.padding)
        elif step.kind == "conv":
            R = z_plus_conv(a, step.kernel, R, strides=step.strides, padding=step.padding)
        elif step.kind in ("max_pool", "average_pool"):
            R = lrp_pool(
                a, R, pool_size=step.pool_size, strides=step.strides, padding=step.padding, rule="proportional"
            )
        elif step.kind == "global_average_pool":
            R = (a * step.backward(a, R / stabilized(step.forward(a)))).numpy()
        elif step.kind == "flatten":
            R = np.reshape(R, a.shape)
    return R


@misconception(
    replaces="deep_taylor_decomposition",
    loses=("deep_taylor_decomposition",),
    hint="You use z⁺ in the first layer too. Pixels are no activations: their domain is the box between low and high, "
    "and the rule is z^B. Black pixels can be relevant.",
)
def z_plus_at_the_pixels(model, x, target, *, low=0.0, high=1.0):
    steps = steps_of(model)
    *activations, logits = inputs_of(steps, tf.convert_to_tensor(x))
    R = (tf.nn.relu(logits) * tf.one_hot(target, logits.shape[1])).numpy()
    for step, a in zip(reversed(steps), reversed(activations), strict=True):
        if step.kind == "dense":
            R = z_plus(a, step.kernel, R)
        elif step.kind == "conv":
            R = z_plus_conv(a, step.kernel, R, strides=step.strides, padding=step.padding)
        elif step.kind in ("max_pool", "average_pool"):
            R = lrp_pool(
                a, R, pool_size=step.pool_size, strides=step.strides, padding=step.padding, rule="proportional"
            )
        elif step.kind == "global_average_pool":
            R = (a * step.backward(a, R / stabilized(step.forward(a)))).numpy()
        elif step.kind == "flatten":
            R = np.reshape(R, a.shape)
    return R


@misconception(
    replaces="deep_taylor_decomposition",
    loses=("deep_taylor_decomposition",),
    hint="In max pooling you give everything to the largest value of a window. Deep Taylor decomposition shares in "
    "proportion to the activations, whatever the type of pooling.",
)
def winner_takes_all_in_max_pooling(model, x, target, *, low=0.0, high=1.0):
    steps = steps_of(model)
    *activations, logits = inputs_of(steps, tf.convert_to_tensor(x))
    R = (tf.nn.relu(logits) * tf.one_hot(target, logits.shape[1])).numpy()
    first = next(i for i, step in enumerate(steps) if step.kernel is not None)
    for i, (step, a) in reversed(list(enumerate(zip(steps, activations, strict=True)))):
        if step.kind == "dense":
            R = z_box(a, step.kernel, R, low=low, high=high) if i == first else z_plus(a, step.kernel, R)
        elif step.kind == "conv" and i == first:
            R = z_box_conv(a, step.kernel, R, low=low, high=high, strides=step.strides, padding=step.padding)
        elif step.kind == "conv":
            R = z_plus_conv(a, step.kernel, R, strides=step.strides, padding=step.padding)
        elif step.kind == "max_pool":
            R = step.backward(a, tf.convert_to_tensor(R)).numpy()
        elif step.kind == "average_pool":
            R = lrp_pool(
                a, R, pool_size=step.pool_size, strides=step.strides, padding=step.padding, rule="proportional"
            )
        elif step.kind == "global_average_pool":
            R = (a * step.backward(a, R / stabilized(step.forward(a)))).numpy()
        elif step.kind == "flatten":
            R = np.reshape(R, a.shape)
    return R
