"""Hidden tests of simple Taylor decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_weights
from autograder.grading.student import Student
from solutions.sensitivity_analysis import logit_gradient
from understanding_nn import networks

FIRST_PART = ("taylor_decomposition",)
FROM_PART_2 = ("simple_taylor_decomposition", "trained_network")
SMALL, TRAINED = 1e-4, 1e-3


def draw_roots(rng: np.random.Generator) -> list[Call]:
    """Networks with biases; root points of every shape that is allowed."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(10, 9, 3), convolutions=2, padding="valid")
    strided = _strided_network(rng, bias=True)
    return [*_around_roots(rng, dense), *_around_roots(rng, strided), *_around_roots(rng, deep)[1:]]


def draw_homogeneous(rng: np.random.Generator) -> list[Call]:
    """Networks without biases, with max pooling and with strides; and one with biases: the formula is the same."""
    pooled = draw_network(rng, input_shape=(7, 6, 2), convolutions=2, bias=False)
    biased = draw_network(rng, input_shape=(10, 9, 2), convolutions=2, padding="valid")
    return [*_calls(rng, pooled), *_calls(rng, _strided_network(rng, bias=False)), *_calls(rng, biased)[:1]]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through both trained networks without biases, explained for their own and for other classes."""
    return [_on_trained(rng, name) for name in ("mnist_mlp", "mnist_cnn_bias_free")]


def _strided_network(rng: np.random.Generator, *, bias: bool) -> Any:
    """A convolution that skips every other place of images of odd size, and average pooling."""
    relu = {"activation": "relu", "use_bias": bias}
    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [9, 7, 2]},
        {"type": "Conv2D", "filters": 6, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same", **relu},
        {"type": "AveragePooling2D", "pool_size": [2, 2]},
        {"type": "Flatten"},
        {"type": "Dense", "units": 10, **relu},
        {"type": "Dense", "name": "logits", "units": 4, "use_bias": bias},
    ]
    return networks.build(layers, draw_weights(rng, layers))


def _around_roots(rng: np.random.Generator, model: Any) -> list[Call]:
    x, targets, one = _batch(rng, model)
    roots = rng.uniform(0, 1, x.shape).astype(np.float32)
    number = round(float(rng.uniform(0.2, 0.6)), 2)

    def call(x: np.ndarray, target: Any, root: Any, label: str) -> Call:
        return Call("taylor_decomposition", (model, x, target), {"root": root}, label=label, tolerance=SMALL)

    return [
        call(x, targets, number, "with a number as root"),
        call(x, targets, roots, "with a root point for each image"),
        call(x, one, roots[0], "with one root point for all images"),
        call(x[:1], one, roots[:1], "with a batch of one image"),
    ]


def _calls(rng: np.random.Generator, model: Any) -> list[Call]:
    x, targets, one = _batch(rng, model)
    function = "simple_taylor_decomposition"
    return [
        Call(function, (model, x, targets), label="with one target per image", tolerance=SMALL),
        Call(function, (model, x, one), label="with one target for all images", tolerance=SMALL),
        Call(function, (model, x[:1], one), label="with a batch of one image", tolerance=SMALL),
    ]


def _batch(rng: np.random.Generator, model: Any) -> tuple[np.ndarray, np.ndarray, int]:
    """Images, one target for each, and one target for all."""
    x = rng.uniform(0, 1, (4, *model.input_shape[1:])).astype(np.float32)
    classes = model.output_shape[-1]
    targets = rng.permutation(np.arange(len(x)) % classes).astype(np.int32)
    return x, targets, int(rng.integers(classes))


def _on_trained(rng: np.random.Generator, name: str) -> Call:
    x, labels = draw_digits(rng, 5)
    # not for its own class: a softmax is saturated there, and rounding would hide that mistake among others
    target = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
    args = (networks.load(name), x, target)
    return Call("simple_taylor_decomposition", args, label=f"on {name}", tolerance=TRAINED)


@part("taylor_decomposition", draw=draw_roots)
def test_terms_around_a_root(student: Student, case: Case) -> None:
    student.must_match(case)


@part("simple_taylor_decomposition", draw=draw_homogeneous)
def test_decomposition_of_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_decomposition_of_trained_networks(student: Student, case: Case) -> None:
    student.must_match(case)


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


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
