"""What learners get wrong in sensitivity analysis, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.sensitivity_analysis import logit_gradient

EVERY_PART = ("logit_gradient", "sensitivity_analysis", "trained_network")
FROM_PART_2 = ("sensitivity_analysis", "trained_network")


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="These are gradients of the softmax probability. Differentiate the logit itself, the model's output as it "
    "is: a softmax mixes in all other classes and goes flat where the network is sure.",
)
def softmax_instead_of_logit(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        probability = tf.gather(tf.nn.softmax(model(x)), target, batch_dims=1)
    return tape.gradient(probability, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="This is the gradient of all logits together. Take out the target's logit before you ask the tape for a "
    "gradient: a tape differentiates the sum of what you give it.",
)
def sum_of_all_logits(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = model(x)
    return tape.gradient(logits, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="Every image is explained for the first image's target. With an array of targets, image n has its own: "
    "tf.gather(logits, target, batch_dims=1) picks one logit per image.",
)
def first_target_for_all_images(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    first = int(np.ravel(target)[0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = model(x)[:, first]
    return tape.gradient(logit, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="Every image is explained for all targets of the batch added up. tf.gather(logits, target, axis=1) takes "
    "each target for each image; with batch_dims=1 image n gets target n.",
)
def all_targets_for_each_image(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = tf.gather(model(x), target, axis=1)
    return tape.gradient(logits, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=EVERY_PART,
    hint="Your gradient is divided by the number of images. Do not average over the batch: sum the logits, or hand "
    "the tape one logit per image, and each image gets its own gradient in full.",
)
def averaged_over_the_batch(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = tf.reduce_mean(tf.gather(model(x), target, batch_dims=1))
    return tape.gradient(logit, x).numpy()


@misconception(
    replaces="logit_gradient",
    loses=("logit_gradient",),
    hint="Your gradient has the wrong sign: it is that of a loss, minus the logit. Differentiate the logit.",
)
def gradient_of_minus_the_logit(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = -tf.gather(model(x), target, batch_dims=1)
    return tape.gradient(loss, x).numpy()


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="This is the absolute value of the gradient. Sensitivity analysis squares it; |gradient| is another "
    "technique, saliency.",
)
def absolute_value_instead_of_square(model, x, target):
    return np.abs(logit_gradient(model, x, target))


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="This is the gradient itself, with its signs. Square it, element by element.",
)
def square_forgotten(model, x, target):
    return logit_gradient(model, x, target)


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="This is the gradient to the fourth power: it has been squared twice.",
)
def squared_twice(model, x, target):
    return np.square(np.square(logit_gradient(model, x, target)))


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="Your gradient is multiplied by the input before it is squared. Sensitivity analysis uses the slope alone; "
    "the product belongs to simple Taylor decomposition.",
)
def gradient_times_input_squared(model, x, target):
    return np.square(x * logit_gradient(model, x, target))


@misconception(
    replaces="sensitivity_analysis",
    loses=FROM_PART_2,
    hint="Each of your images is scaled so that its largest value is 1. Return the squares as they are: scaling is "
    "for pictures, and it hides how strongly the network reacts.",
)
def scaled_to_one(model, x, target):
    squares = np.square(logit_gradient(model, x, target))
    return squares / squares.max(axis=(1, 2, 3), keepdims=True)
