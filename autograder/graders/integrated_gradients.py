"""Hidden tests of integrated gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes
from autograder.grading.student import Student
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_gaps(rng: np.random.Generator) -> list[Call]:
    """Attributions that sum to too much for one image and to too little for the next, for each form of a baseline."""
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(8, 7, 2), convolutions=2)
    x, targets, baselines = _images(rng, deep)
    return [
        _gap(rng, dense, *_images(rng, dense)[:2], 0.0, "with the baseline 0"),
        _gap(rng, deep, x, targets, baselines, "with a baseline for each image"),
        _gap(rng, deep, x, int(targets[0]), baselines[0], "with one baseline and one target for all images"),
        _gap(rng, deep, x[:1], int(targets[0]), baselines[:1], "with a batch of one image"),
    ]


def draw_small(rng: np.random.Generator) -> list[Call]:
    """Few steps, so that it shows which points were taken; each form of a baseline; blocks that do not come out even.

    Baselines differ from pixel to pixel where max pooling follows: on a constant one, rounding would decide which value
    of a window is the largest.
    """
    dense = draw_network(rng, input_shape=(3, 4, 1), convolutions=0)
    deep = draw_network(rng, input_shape=(8, 7, 2), convolutions=2)
    x, targets, baselines = _images(rng, deep)
    number = round(float(rng.uniform(0.3, 0.7)), 2)
    steps = int(rng.integers(4, 7))
    uneven = {"num_steps": 7, "batch_size": int(rng.integers(4, 7))}
    return [
        _call(dense, *_images(rng, dense)[:2], "with its defaults"),
        _call(dense, *_images(rng, dense)[:2], "with a number as baseline", baseline=number, num_steps=steps),
        _call(deep, x, targets, "with a baseline for each image", baseline=baselines, num_steps=steps),
        _call(deep, x, int(targets[0]), "with one baseline for all images", baseline=baselines[0], num_steps=steps),
        _call(deep, x, targets, "with a small batch_size", baseline=baselines, **uneven),
        _call(deep, x[:1], int(targets[0]), "with a single step", num_steps=1),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits through the trained network, for their own and for other classes; from black, noise and other digits."""
    x, labels = draw_digits(rng, 4)
    others, _ = draw_digits(rng, 4)
    noise = rng.uniform(0, 0.5, x.shape[1:]).astype(np.float32)
    other_classes = draw_other_classes(rng, labels)
    targets = np.where(np.arange(len(labels)) % 2, other_classes, labels).astype(np.int32)
    starts = {"from black": 0.0, "from noise": noise, "from other digits": others}
    model, steps = networks.load("mnist_cnn"), int(rng.integers(4, 7))
    return [
        _call(model, x, targets, f"on mnist_cnn, {name}", tolerance=TRAINED, baseline=start, num_steps=steps)
        for name, start in starts.items()
    ]


def _images(rng: np.random.Generator, model: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four images with a class and a baseline each."""
    x, baselines = rng.uniform(0, 1, (2, 4, *model.input_shape[1:])).astype(np.float32)
    return x, rng.permutation(4).astype(np.int32), baselines


def _call(model: Any, x: Any, target: Any, label: str, *, tolerance: float = SMALL, **options: Any) -> Call:
    return Call("integrated_gradients", (model, x, target), options, label=label, tolerance=tolerance)


def _gap(rng: np.random.Generator, model: Any, x: Any, target: Any, baseline: Any, label: str) -> Call:
    """Asks for the gap of an attribution that is made to miss the difference by a quarter to a half of it."""
    targets = np.broadcast_to(target, len(x))
    start = np.broadcast_to(np.asarray(baseline, np.float32), x.shape)
    end, begin = (tf.gather(model(images), targets, batch_dims=1).numpy() for images in (x, start))
    excess = rng.uniform(0.25, 0.5, len(x)) * np.where(np.arange(len(x)) % 2, 1, -1)
    noise = rng.normal(0, 0.1, x.shape)
    missing = (1 + excess) * (end - begin) - noise.sum(axis=(1, 2, 3))
    attribution = (noise + missing.reshape(-1, 1, 1, 1) / noise[0].size).astype(np.float32)
    return Call("completeness_gap", (attribution, model, x, target), {"baseline": baseline}, label=label)


@part("completeness_gap", draw=draw_gaps)
def test_gap_of_any_attribution(student: Student, case: Case) -> None:
    student.must_match(case)


@part("integrated_gradients", draw=draw_small)
def test_attributions_on_small_networks(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_network", draw=draw_trained)
def test_attributions_on_the_trained_network(student: Student, case: Case) -> None:
    student.must_match(case)
