"""Hidden tests of activation maximization in code space.

The objective is compared at given codes, its gradient by one long step, the ascent by a few steps. A whole run is
judged by where it ends, and by whether its images are those of its codes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np

import solutions.am_in_code_space as reference
from autograder.grading import Call, part
from autograder.grading.ascents import must_climb, with_long_ascent
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes, draw_weights
from autograder.grading.student import Student
from solutions.am_in_code_space import code_objective
from understanding_nn import data, networks

SMALL, TRAINED = 1e-4, 1e-3


def draw_objectives(rng: np.random.Generator) -> list[Call]:
    """Small networks; a center for each code, one for all, and a number; one target for each code and one for all."""
    calls = []
    for convolutions in (0, 1):
        model, generator, codes, centers = _draw_networks(rng, convolutions)
        targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
        forms = [
            (codes, targets, {"l2": 0.3, "mean": centers}, "with a mean for each code"),
            (codes, one, {"l2": 0.2, "mean": centers[0]}, "with one mean and one target for all codes"),
            (codes[:1], one, {"l2": 0.4, "mean": 0.5}, "with a single code and a number as mean"),
            (4 * codes, targets, {}, "with its defaults"),
        ]
        calls += [
            Call("code_objective", (model, generator, z, target), options, label, SMALL)
            for z, target, options, label in forms
        ]
    return calls


def draw_ascents(rng: np.random.Generator) -> list[Call]:
    """Small networks: a single long step, which shows the gradient; a few steps; the defaults; no step."""
    model, generator, codes, centers = _draw_networks(rng, convolutions=1)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    bold = {"l2": 0.2, "learning_rate": 2.0}  # the same each time: another number would be compiled anew
    one_step = {"start": codes, "mean": centers, **bold, "num_steps": 1}
    return [
        _ascent(model, generator, targets, one_step, "after one step"),
        _ascent(model, generator, targets, one_step | {"num_steps": 4}, "after a few steps"),
        _ascent(model, generator, one, {"start": codes[:1], "mean": 0.5, **bold, "num_steps": 3}, "with a single code"),
        _ascent(model, generator, targets, {"start": codes, "num_steps": 5}, "with its defaults"),
        _ascent(model, generator, one, {"start": codes, "mean": centers[0], "num_steps": 0}, "with no step at all"),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """From the codes of digits to classes that they do not show; last, what the long ascent will begin with.

    That one starts from mean codes of the classes themselves, where it has one hill to climb. From another digit's
    code there are several, and rounding would decide which one a correct ascent ends on. Its penalty is so large that
    it ends where network and penalty are in balance: with a small one, drawing codes in toward 0 would be climb enough.
    """
    model, generator = networks.load("mnist_mlp"), networks.load("mnist_generator")
    x, labels = draw_digits(rng, 3)
    codes, centers = _encoder()(x).numpy(), _encoder()(draw_digits(rng, 3)[0]).numpy()
    targets = draw_other_classes(rng, labels)
    others = {"start": codes, "mean": centers, "l2": 0.4, "learning_rate": 0.1}
    ends = rng.permutation(10)[:3].astype(np.int32)
    own = {"start": _class_codes()[ends], "l2": 0.05, "mean": 0.0, "learning_rate": 0.1, "num_steps": 2}
    return [
        _ascent(model, generator, targets, others | {"num_steps": 1}, "after one step", TRAINED),
        _ascent(model, generator, targets, others | {"num_steps": 3}, "after three steps", TRAINED),
        _ascent(model, generator, ends, own, "on the trained networks", TRAINED),
    ]


def _ascent(model: Any, generator: Any, target: Any, options: dict[str, Any], label: str, miss: float = SMALL) -> Call:
    return Call("am_in_code_space", (model, generator, target), options, label, miss)


def _draw_networks(rng: np.random.Generator, convolutions: int) -> tuple[Any, Any, np.ndarray, np.ndarray]:
    """A model, a generator of its images, four codes, and a center for each."""
    model = draw_network(rng, input_shape=(6, 6, 1), convolutions=convolutions)
    layers: list[dict[str, Any]] = [
        {"type": "Input", "shape": [5]},
        {"type": "Dense", "units": 18, "activation": "relu"},
        {"type": "Reshape", "target_shape": [3, 3, 2]},
        {"type": "UpSampling2D"},
        {"type": "Conv2D", "filters": 1, "kernel_size": 3, "padding": "same", "activation": "sigmoid"},
    ]
    generator = networks.build(layers, [2 * weights for weights in draw_weights(rng, layers)])
    codes, centers = (rng.normal(size=(4, 5)).astype(np.float32) for _ in range(2))
    return model, generator, codes, centers


@cache
def _encoder() -> keras.Model:
    model = networks.load("mnist_mlp")
    return keras.Model(model.inputs[0], model.get_layer("code").output)


@cache
def _class_codes() -> np.ndarray:
    digits = data.mnist()
    codes = _encoder()(digits.x_train).numpy()
    return np.stack([codes[digits.y_train == digit].mean(axis=0) for digit in range(10)])


@part("code_objective", draw=draw_objectives)
def test_objective(student: Student, case: Case) -> None:
    student.must_match(case)


@part("am_in_code_space", draw=draw_ascents)
def test_ascent(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_networks", draw=draw_trained)
def test_prototypes_of_the_trained_networks(student: Student, case: Case) -> None:
    must_climb(student, with_long_ascent(case, reference, num_steps=200), heights)


def heights(call: Call, found: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Objective and log probability of each code, and minus the distance of its image from the generator's, in percent.

    All are to be high.
    """
    model, generator, target = call.args
    codes, images = np.clip(found[0], -1e6, 1e6), found[1]
    objectives = [code_objective(model, generator, codes, target, l2=l2) for l2 in (call.kwargs["l2"], 0.0)]
    return np.stack([*objectives, -100 * np.abs(images - generator(codes)).max(axis=(1, 2, 3))])
