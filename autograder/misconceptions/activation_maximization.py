"""What learners get wrong in activation maximization, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from understanding_nn.arguments import check_explanation
from understanding_nn.values import spread, to_array

EVERY_PART = ("am_objective", "activation_maximization", "trained_network")
ASCENT = ("activation_maximization", "trained_network")


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your objective has the probability itself. Take its logarithm, with tf.nn.log_softmax: where the network is "
    "sure of another class the probability is flat, and an ascent does not move.",
)
def probability_instead_of_its_logarithm(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    probability = tf.gather(tf.nn.softmax(model(x)), target, batch_dims=1)
    distance = tf.reduce_sum((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3))
    return to_array(probability - l2 * distance)


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your objective has the logit. Activation maximization climbs the log probability, in which the other "
    "classes' logits count, too: tf.nn.log_softmax.",
)
def logit_instead_of_log_probability(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    logit = tf.gather(model(x), target, batch_dims=1)
    distance = tf.reduce_sum((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3))
    return to_array(logit - l2 * distance)


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is half of what it should be. tf.nn.l2_loss halves the sum of squares; the definition does not.",
)
def penalty_halved(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability - l2 * tf.reduce_sum((x - spread("mean", mean, x)) ** 2 / 2, axis=(1, 2, 3)))


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is added. It is subtracted: a large distance from the mean makes the objective lower.",
)
def penalty_added(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    distance = tf.reduce_sum((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3))
    return to_array(log_probability + l2 * distance)


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is centered on 0. It counts the distance from the mean: subtract the mean before squaring.",
)
def mean_forgotten(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability - l2 * tf.reduce_sum(x**2, axis=(1, 2, 3)))


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is averaged over the pixels. The squared distance is their sum.",
)
def penalty_averaged_over_pixels(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability - l2 * tf.reduce_mean((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3)))


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Your penalty is the distance. It is the squared distance: no square root.",
)
def distance_not_squared(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    square = tf.reduce_sum((x - spread("mean", mean, x)) ** 2, axis=(1, 2, 3))
    return to_array(log_probability - l2 * tf.sqrt(square + 1e-12))


@misconception(
    replaces="am_objective",
    loses=EVERY_PART,
    hint="Each image pays the penalty of the whole batch. Sum over the pixels of each image: axis=(1, 2, 3).",
)
def penalty_of_the_whole_batch(model, x, target, *, l2=0.01, mean=0.0):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability - l2 * tf.reduce_sum((x - spread("mean", mean, x)) ** 2))


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your steps go downhill. Ascent adds the gradient of the objective; optimizers subtract, because they are "
    "made for losses.",
)
def descent_instead_of_ascent(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x - learning_rate * (tape.gradient(log_probability, x) - 2 * l2 * (x - mean))
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your values are clipped to [0, 1]. This ascent is plain: its values may leave the range of pixels.",
)
def clipped_to_the_range_of_pixels(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x + learning_rate * (tape.gradient(log_probability, x) - 2 * l2 * (x - mean))
        x = tf.clip_by_value(x, 0.0, 1.0)
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your ascent begins at 0, whatever start is. It begins at the images that the caller gives.",
)
def start_ignored(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, np.zeros_like(start), target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x + learning_rate * (tape.gradient(log_probability, x) - 2 * l2 * (x - mean))
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your objective is averaged over the batch, so each image moves by a fraction of its step. Sum the "
    "objectives, or hand the tape one for each image.",
)
def averaged_over_the_batch(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, x) - 2 * l2 * (x - mean)
        x = x + learning_rate * gradient / len(x)
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="Your gradient is scaled before the step. Plain ascent takes it as long as it is: "
    "x + learning_rate * gradient.",
)
def steps_of_equal_length(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, x) - 2 * l2 * (x - mean)
        x = x + learning_rate * gradient / tf.sqrt(tf.reduce_sum(gradient**2, axis=(1, 2, 3), keepdims=True) + 1e-12)
    return x.numpy()


@misconception(
    replaces="activation_maximization",
    loses=ASCENT,
    hint="You make one step less than num_steps.",
)
def one_step_short(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x, target = check_explanation(model, start, target)
    for _ in range(1, num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x + learning_rate * (tape.gradient(log_probability, x) - 2 * l2 * (x - mean))
    return x.numpy()
