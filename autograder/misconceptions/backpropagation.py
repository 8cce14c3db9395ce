"""What learners get wrong in backpropagation, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.sensitivity_analysis import logit_gradient

SALIENCY = ("backpropagation", "trained_network")
CLASS_MODEL = ("class_model_visualization", "trained_network")


@misconception(
    replaces="backpropagation",
    loses=SALIENCY,
    hint="This is the gradient with its signs. Saliency asks how strongly the logit reacts, in either direction: take "
    "the absolute value.",
)
def absolute_value_forgotten(model, x, target):
    return logit_gradient(model, x, target)


@misconception(
    replaces="backpropagation",
    loses=SALIENCY,
    hint="These are the squares of the slopes, which is sensitivity analysis. Saliency takes the absolute value.",
)
def square_instead_of_absolute_value(model, x, target):
    return np.square(logit_gradient(model, x, target))


@misconception(
    replaces="backpropagation",
    loses=SALIENCY,
    hint="Your negative slopes are gone. A pixel that lowers the logit when it brightens matters as much as one that "
    "raises it: take the absolute value, not the positive part.",
)
def positive_part_instead_of_absolute_value(model, x, target):
    return np.maximum(logit_gradient(model, x, target), 0)


@misconception(
    replaces="backpropagation",
    loses=SALIENCY,
    hint="Each of your images is scaled so that its largest value is 1. Return the absolute slopes as they are: "
    "scaling is for pictures, and it hides how strongly the network reacts.",
)
def scaled_to_one(model, x, target):
    slopes = np.abs(logit_gradient(model, x, target))
    return slopes / slopes.max(axis=(1, 2, 3), keepdims=True)


@misconception(
    replaces="backpropagation",
    loses=("backpropagation",),
    hint="Each pixel has the largest slope of its channels in all of them. Keep the channels apart; which of them to "
    "show is a question of the picture.",
)
def largest_channel_everywhere(model, x, target):
    slopes = np.abs(logit_gradient(model, x, target))
    return np.broadcast_to(slopes.max(axis=-1, keepdims=True), slopes.shape).copy()


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your steps go downhill. Ascent adds the gradient of the objective; optimizers subtract, because they are "
    "made for losses.",
)
def descent_instead_of_ascent(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x - learning_rate * (logit_gradient(model, x, target) - 2 * l2 * (x - mean))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your price pushes away from the mean. It is subtracted from the logit: its step leads back to the mean.",
)
def price_with_the_wrong_sign(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) + 2 * l2 * (x - mean))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="A factor 2 is missing: the derivative of l2 * (x - mean)² is 2 * l2 * (x - mean). (tf.nn.l2_loss halves the "
    "squares, and so loses it, too.)",
)
def factor_two_missing(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) - l2 * (x - mean))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your price is centered on 0. It counts the distance from the mean: subtract the mean before squaring.",
)
def mean_forgotten(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) - 2 * l2 * x)
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your price is centered on the start. Start and mean are two arguments: the ascent begins at one and is held "
    "by the other.",
)
def centered_on_the_start(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) - 2 * l2 * (x - start))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your values are clipped to [0, 1]. This ascent is plain: its values may leave the range of images.",
)
def clipped_to_images(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = np.clip(x + learning_rate * (logit_gradient(model, x, target) - 2 * l2 * (x - mean)), 0, 1)
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="You climb the logarithm of the softmax. Climb the logit itself, the model's output as it is: the softmax is "
    "also raised by lowering the other classes.",
)
def log_probability_instead_of_logit(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = tf.convert_to_tensor(start, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = x + learning_rate * (tape.gradient(score, x) - 2 * l2 * (x - mean))
    return x.numpy()


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="Your objective is averaged over the batch, so each image moves by a fraction of its step. Sum the logits, or "
    "hand the tape one logit per image.",
)
def averaged_over_the_batch(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(num_steps):
        x = x + learning_rate / len(x) * (logit_gradient(model, x, target) - 2 * l2 * (x - mean))
    return x.astype(np.float32)


@misconception(
    replaces="class_model_visualization",
    loses=CLASS_MODEL,
    hint="You make one step less than num_steps.",
)
def one_step_short(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = np.array(start, dtype=np.float32)
    for _ in range(1, num_steps):
        x = x + learning_rate * (logit_gradient(model, x, target) - 2 * l2 * (x - mean))
    return x.astype(np.float32)
