"""Hidden tests of simple Taylor decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes, draw_weights
from autograder.grading.student import Student
from understanding_nn import networks

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
    target = draw_other_classes(rng, labels)
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
