"""Hidden tests of layer-wise relevance propagation."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_weights
from autograder.grading.student import Student
from solutions.lrp import lrp_conv, lrp_dense, lrp_pool
from understanding_nn import networks
from understanding_nn.layer_arguments import check_dense
from understanding_nn.steps import inputs_of, steps_of
from understanding_nn.values import stabilized, to_array

SMALL, TRAINED = 1e-4, 1e-3
TWO_ONE = {"alpha": 2.0, "beta": 1.0}


def draw_dense_layers(rng: np.random.Generator) -> list[Call]:
    """Inputs of either sign, with and without a bias, and neurons whose contributions all have one sign."""
    inputs, units, count = (int(n) for n in rng.integers(4, 8, 3))
    a, w = _normal(rng, count, inputs), _normal(rng, inputs, units)
    b, R = _normal(rng, units), _normal(rng, count, units)
    positive, one_sign = np.abs(a) + 0.1, np.abs(w) + 0.1
    one_sign[:, ::2] *= -1
    return [
        Call("lrp_dense", (positive, w, None, R), label="with alpha 1, beta 0 and no bias"),
        Call("lrp_dense", (positive, w, b, R), TWO_ONE, label="with alpha 2, beta 1 and a bias"),
        Call("lrp_dense", (a, w, b, R), {"alpha": 1.5, "beta": 0.5}, label="with inputs of either sign"),
        Call("lrp_dense", (positive, one_sign, None, R), TWO_ONE, label="where contributions all have one sign"),
        Call("lrp_dense", (positive[:1] * 0, w, None, R[:1] * 0), label="where all contributions are zero"),
    ]


def draw_convolutions(rng: np.random.Generator) -> list[Call]:
    """Both paddings, strides, odd sizes, a kernel that is not square, inputs of either sign, a filter of one sign."""
    a, b = _normal(rng, 3, 7, 6, 2), _normal(rng, 4)
    square, oblong = _normal(rng, 3, 3, 2, 4), _normal(rng, 3, 2, 2, 4)
    positive, one_sign = np.abs(a) + 0.1, np.abs(oblong) + 0.1
    one_sign[..., 0] *= -1
    strided = {"strides": 2, "padding": "same"}
    return [
        Call("lrp_conv", (positive, square, None, _normal(rng, 3, 7, 6, 4)), label="with its defaults"),
        Call("lrp_conv", (a, square, b, _normal(rng, 3, 4, 3, 4)), strided | TWO_ONE, label="with stride 2 and 'same'"),
        Call(
            "lrp_conv",
            (positive, oblong, b, _normal(rng, 3, 3, 3, 4)),
            {"strides": (2, 2), "padding": "valid", "alpha": 1.5, "beta": 0.5},
            label="with stride 2 and 'valid'",
        ),
        Call(
            "lrp_conv",
            (positive, one_sign, None, _normal(rng, 3, 5, 5, 4)),
            {"padding": "valid"} | TWO_ONE,
            label="where contributions all have one sign",
        ),
    ]


def draw_poolings(rng: np.random.Generator) -> list[Call]:
    """Both rules with windows that overlap, leave a rest, or reach into the padding; a window of zeros."""
    a = rng.uniform(0.1, 1, (3, 7, 6, 2)).astype(np.float32)
    empty = a.copy()
    empty[:, :2, :2] = 0
    R = _normal(rng, 3, 3, 3, 2)
    R[:, 0, 0] = 0
    overlapping = {"pool_size": 3, "strides": 2, "padding": "same"}
    proportional = {"rule": "proportional"}
    return [
        Call("lrp_pool", (a, _normal(rng, 3, 3, 3, 2)), label="with its defaults"),
        Call("lrp_pool", (a, _normal(rng, 3, 4, 3, 2)), overlapping, label="where windows overlap, winner takes all"),
        Call("lrp_pool", (a, _normal(rng, 3, 4, 3, 2)), overlapping | proportional, label="where windows overlap"),
        Call(
            "lrp_pool",
            (a, _normal(rng, 3, 3, 6, 2)),
            {"pool_size": (2, 1), "padding": "valid"} | proportional,
            label="with windows of one column",
        ),
        Call("lrp_pool", (empty, R), proportional, label="where a window is empty"),
    ]


def draw_networks(rng: np.random.Generator) -> list[Call]:
    """Small networks of every kind of step, and digits through trained ones, for their own and for other classes."""
    small = draw_network(rng, input_shape=(8, 8, 2), convolutions=2, padding="valid")
    strided = _strided_network(rng)
    x = rng.uniform(0.05, 1, (4, 8, 8, 2)).astype(np.float32)
    targets = rng.permutation(4).astype(np.int32)
    digits, labels = draw_digits(rng, 3)
    labels[1] = (labels[1] + rng.integers(1, 10)) % 10
    trained = networks.load("mnist_cnn")
    mixed = {"alpha": 1.5, "beta": 0.5, "pool_rule": "proportional"}
    one_zero = {"alpha": 1.0, "beta": 0.0}
    return [
        Call("lrp", (small, x, targets), label="with one target per image", tolerance=SMALL),
        Call("lrp", (small, x[:1], 1), mixed, label="with proportional pooling", tolerance=SMALL),
        Call("lrp", (strided, x, int(targets[0])), one_zero, label="with alpha 1, beta 0", tolerance=SMALL),
        Call("lrp", (trained, digits, labels.astype(np.int32)), label="on the trained network", tolerance=TRAINED),
    ]


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def _strided_network(rng: np.random.Generator) -> Any:
    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [8, 8, 2]},
        {"type": "Conv2D", "filters": 6, "kernel_size": [3, 3], "padding": "same", "activation": "relu"},
        {"type": "AveragePooling2D", "pool_size": [2, 2]},
        {"type": "Conv2D", "filters": 6, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same"},
        {"type": "Activation", "activation": "relu"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "name": "logits", "units": 4},
    ]
    return networks.build(layers, draw_weights(rng, layers))


@part("lrp_dense", draw=draw_dense_layers)
def test_dense(student: Student, case: Case) -> None:
    student.must_match(case)


@part("lrp_conv", draw=draw_convolutions)
def test_conv(student: Student, case: Case) -> None:
    student.must_match(case)


@part("lrp_pool", draw=draw_poolings)
def test_pool(student: Student, case: Case) -> None:
    student.must_match(case)


@part("lrp", draw=draw_networks)
def test_whole_networks(student: Student, case: Case) -> None:
    student.must_match(case)


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


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
