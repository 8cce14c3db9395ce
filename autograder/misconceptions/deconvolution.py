"""What learners get wrong in deconvolution, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.deconvolution import deconv_relu, deconvolution
from understanding_nn.arguments import check_explanation
from understanding_nn.parts import replace_relu

EVERY_PART = ("deconv_relu", "deconvolution", "deconvolve_feature_map", "trained_network")
LOGITS = ("deconvolution", "trained_network")
MAPS = ("deconvolve_feature_map", "trained_network")


@misconception(
    replaces="deconv_relu",
    loses=EVERY_PART,
    hint="Your rule is the ordinary gradient of ReLU: it asks whether the input was positive. Deconvolution does not "
    "look at the input on the way back; it rectifies the signal.",
)
def gradient_of_relu(x):
    return tf.nn.relu(x)


@misconception(
    replaces="deconv_relu",
    loses=EVERY_PART,
    hint="Your rule has two masks, that of the signal and that of the input. This is guided backpropagation; "
    "deconvolution has the first only.",
)
def masked_by_the_input_too(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), lambda upstream: tf.cast(x > 0, tf.float32) * tf.nn.relu(upstream)

    return rule(x)


@misconception(
    replaces="deconv_relu",
    loses=EVERY_PART,
    hint="Your signal comes back through a ReLU unchanged. It is rectified there: negative signals are stopped.",
)
def signal_left_as_it_is(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), tf.identity

    return rule(x)


@misconception(
    replaces="deconv_relu",
    loses=EVERY_PART,
    hint="Negative signals come back with their sign turned round. They are to be stopped: max(0, signal), not its "
    "absolute value.",
)
def absolute_value_of_the_signal(x):
    @tf.custom_gradient
    def rule(x):
        return tf.nn.relu(x), tf.abs

    return rule(x)


@misconception(
    replaces="deconvolution",
    loses=LOGITS,
    hint="Your signal starts at the softmax probability. Start at the logit, the model's output as it is.",
)
def softmax_instead_of_logit(model, x, target):
    x, target = check_explanation(model, x, target)
    with tf.GradientTape() as tape:
        tape.watch(x)
        probabilities = tf.nn.softmax(replace_relu(model, deconv_relu)(x))
        probability = tf.gather(probabilities, target, batch_dims=1)
    return tape.gradient(probability, x).numpy()


@misconception(
    replaces="deconvolution",
    loses=LOGITS,
    hint="Your negative values are gone. The signal is rectified at each ReLU; there is none at the pixels, and the "
    "first layer's weights can make what arrives there negative.",
)
def rectified_at_the_pixels_too(model, x, target, *, correct=deconvolution):
    return np.maximum(correct(model, x, target), 0)


@misconception(
    replaces="deconvolution",
    loses=LOGITS,
    hint="Your result is multiplied by the image. Deconvolution returns the signal as it arrives at the pixels.",
)
def multiplied_by_the_input(model, x, target, *, correct=deconvolution):
    return x * correct(model, x, target)


@misconception(
    replaces="deconvolve_feature_map",
    loses=MAPS,
    hint="Your signal starts as ones, at every place of the map. It starts as the map's own activations: strong where "
    "the map responded, 0 where it was silent.",
)
def start_from_ones(model, x, *, layer, channel):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        A = replace_relu(model, deconv_relu, layer=layer)(x)
    ones = tf.ones_like(A) * tf.one_hot(channel, A.shape[-1])
    return tape.gradient(A, x, output_gradients=ones).numpy()


@misconception(
    replaces="deconvolve_feature_map",
    loses=MAPS,
    hint="Your signal starts at all maps of the layer. Set all but the one that is asked for to 0.",
)
def start_from_all_maps(model, x, *, layer, channel):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        A = replace_relu(model, deconv_relu, layer=layer)(x)
    return tape.gradient(A, x, output_gradients=A).numpy()


@misconception(
    replaces="deconvolve_feature_map",
    loses=MAPS,
    hint="Your signal starts at the map's largest activation only. Zeiler and Fergus did that; here the whole map "
    "starts.",
)
def start_from_the_largest_activation(model, x, *, layer, channel):
    x = tf.convert_to_tensor(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        A = replace_relu(model, deconv_relu, layer=layer)(x)
    own = A * tf.one_hot(channel, A.shape[-1])
    places = tf.reshape(own, [len(own), -1])
    largest = tf.where(places == tf.reduce_max(places, axis=1, keepdims=True), places, 0.0)
    return tape.gradient(A, x, output_gradients=tf.reshape(largest, tf.shape(A))).numpy()
