"""What learners get wrong in activation maximization in code space, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from understanding_nn.ascent import check_codes
from understanding_nn.values import spread, to_array

EVERY_PART = ("code_objective", "am_in_code_space", "trained_networks")
ASCENT = ("am_in_code_space", "trained_networks")


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your objective has the probability itself. Take its logarithm, with tf.nn.log_softmax: where the network is "
    "sure of another class the probability is flat, and an ascent does not move.",
)
def probability_instead_of_its_logarithm(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    probability = tf.gather(tf.nn.softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.reduce_sum((codes - spread("mean", mean, codes)) ** 2, axis=1)
    return to_array(probability - l2 * distance)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your objective has the logit. Activation maximization climbs the log probability, in which the other "
    "classes' logits count, too: tf.nn.log_softmax.",
)
def logit_instead_of_log_probability(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    logit = tf.gather(model(generator(codes)), target, batch_dims=1)
    distance = tf.reduce_sum((codes - spread("mean", mean, codes)) ** 2, axis=1)
    return to_array(logit - l2 * distance)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your penalty is centered on the code 0. It counts the distance from the mean: subtract it, then square.",
)
def mean_forgotten(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.reduce_sum(codes**2, axis=1)
    return to_array(log_probability - l2 * distance)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your penalty is half of what it should be. tf.nn.l2_loss halves the sum of squares; tf.reduce_sum of the "
    "squares does not.",
)
def halved_penalty(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.reduce_sum((codes - spread("mean", mean, codes)) ** 2, axis=1)
    return to_array(log_probability - l2 * distance / 2)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your penalty is the distance from the mean, not squared: leave out the square root (tf.norm takes it).",
)
def distance_not_squared(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.norm(codes - spread("mean", mean, codes), axis=1)
    return to_array(log_probability - l2 * distance)


@misconception(
    replaces="code_objective",
    loses=EVERY_PART,
    hint="Your penalty is taken from the pixels of the image. It is the code whose distance from the mean counts: the "
    "generator takes care of the image.",
)
def penalty_on_the_image(model, generator, codes, target, *, l2=0.01, mean=0.0):
    codes, target = check_codes(model, generator, codes, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(generator(codes))), target, batch_dims=1)
    distance = tf.reduce_sum((generator(codes) - tf.reduce_mean(mean)) ** 2, axis=(1, 2, 3))
    return to_array(log_probability - l2 * distance)


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your steps go downhill. Ascent adds the gradient of the objective; optimizers subtract, because they are "
    "made for losses.",
)
def descent_instead_of_ascent(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = codes - learning_rate * gradient
    return codes.numpy(), generator(codes).numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your codes are cut off at 0, as a ReLU does with the codes of images. This ascent is plain: codes may become "
    "negative.",
)
def codes_kept_positive(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = tf.nn.relu(codes + learning_rate * gradient)
    return codes.numpy(), generator(codes).numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your penalty is centered on the start. Start and mean are two arguments: the ascent begins at one and is "
    "held by the other.",
)
def centered_on_the_start(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - start)
        codes = codes + learning_rate * gradient
    return codes.numpy(), generator(codes).numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your ascent begins at 0, whatever start is. It begins at the codes that the caller gives.",
)
def start_ignored(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, np.zeros_like(start), target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = codes + learning_rate * gradient
    return codes.numpy(), generator(codes).numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your images belong to the codes before the last step. Make them once more, of the codes that you return.",
)
def image_before_the_last_step(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    images = generator(codes)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = codes + learning_rate * gradient
    return codes.numpy(), images.numpy()


@misconception(
    replaces="am_in_code_space",
    loses=ASCENT,
    hint="Your objective is averaged over the batch, so each code moves by a fraction of its step. Sum the objectives, "
    "or hand the tape one for each code.",
)
def averaged_over_the_batch(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    codes, target = check_codes(model, generator, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(codes)
            images = generator(codes)
            log_probability = tf.gather(tf.nn.log_softmax(model(images)), target, batch_dims=1)
        gradient = tape.gradient(log_probability, codes) - 2 * l2 * (codes - mean)
        codes = codes + learning_rate * gradient / len(codes)
    return codes.numpy(), generator(codes).numpy()
