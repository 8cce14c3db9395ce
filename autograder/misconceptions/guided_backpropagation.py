"""What learners get wrong in guided backpropagation, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.guided_backpropagation import guided_backpropagation, guided_relu
from understanding_nn.arguments import check_explanation
from understanding_nn.parts import replace_relu

EVERY_PART = ("guided_relu", "guided_backpropagation", "trained_network")
FROM_PART_2 = EVERY_PART[1:]


@misconception(
    replaces="guided_relu",
    loses=EVERY_PART,
    hint="Your rule passes positive signals whatever the input was. That is deconvolution's. Guided backpropagation "
    "has a second mask: nothing comes back through a neuron that was not active.",
)
def mask_of_the_input_forgotten(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), tf.nn.relu

    return rule(x)


@misconception(
    replaces="guided_relu",
    loses=EVERY_PART,
    hint="Your rule is the ordinary gradient of ReLU: negative signals come back through active neurons. Guided "
    "backpropagation has a second mask that stops them.",
)
def mask_of_the_signal_forgotten(x):
    return tf.nn.relu(x)


@misconception(
    replaces="guided_relu",
    loses=EVERY_PART,
    hint="Negative signals come back with their sign turned round. They are to be stopped: max(0, signal), not its "
    "absolute value.",
)
def absolute_value_of_the_signal(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), lambda upstream: tf.cast(x > 0, tf.float32) * tf.abs(upstream)

    return rule(x)


@misconception(
    replaces="guided_relu",
    loses=EVERY_PART,
    hint="Your rule passes on the masks, ones and zeros, and loses how strong the signal is. Multiply the mask by "
    "the signal.",
)
def mask_instead_of_the_signal(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), lambda upstream: tf.cast((x > 0) & (upstream > 0), tf.float32)

    return rule(x)


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="This is the ordinary gradient with its negative values removed at the very end. The signal has to be "
    "rectified on its way, at every ReLU, and nothing is removed at the pixels.",
)
def gradient_rectified_at_the_pixels(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = tf.gather(model(x), target, batch_dims=1)
    return tf.nn.relu(tape.gradient(logit, x)).numpy()


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your negative values are gone. The signal is rectified at each ReLU; there is none at the pixels, and the "
    "first layer's weights can make what arrives there negative.",
)
def rectified_at_the_pixels_too(model, x, target, *, correct=guided_backpropagation):
    return np.maximum(correct(model, x, target), 0)


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your signal starts at the softmax probability. Start at the logit, the model's output as it is.",
)
def softmax_instead_of_logit(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        probabilities = tf.nn.softmax(replace_relu(model, guided_relu)(x))
        probability = tf.gather(probabilities, target, batch_dims=1)
    return tape.gradient(probability, x).numpy()


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your signal starts at all logits. Take out the target's logit of each image before you ask for a gradient.",
)
def sum_of_all_logits(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = replace_relu(model, guided_relu)(x)
    return tape.gradient(logits, x).numpy()


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your result is multiplied by the image. Guided backpropagation returns the signal as it arrives at the "
    "pixels.",
)
def multiplied_by_the_input(model, x, target, *, correct=guided_backpropagation):
    return x * correct(model, x, target)


@misconception(
    replaces="guided_backpropagation",
    loses=FROM_PART_2,
    hint="Your signal starts as the value of the logit. It starts as 1, as a gradient does: only relevances start from "
    "the logit.",
)
def start_from_the_value_of_the_logit(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = tf.gather(replace_relu(model, guided_relu)(x), target, batch_dims=1)
    return tape.gradient(logit, x, output_gradients=logit).numpy()
