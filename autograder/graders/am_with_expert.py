"""Hidden tests of activation maximization with an expert.

Densities and objectives are compared at given images, the gradient by one long step, the ascent by a few steps. A whole
run is judged by where it ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import solutions.am_with_expert as reference
from autograder.grading import Call, part
from autograder.grading.ascents import must_climb, with_long_ascent
from autograder.grading.cases import Case
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes
from autograder.grading.student import Student
from solutions.am_with_expert import expert_objective
from understanding_nn import networks, rbm

SMALL, TRAINED = 1e-4, 1e-3


def draw_densities(rng: np.random.Generator) -> list[Call]:
    """Images and rows of pixels, colors, a single image, and hidden units that receive hundreds."""
    images, rows = _uniform(rng, 4, 3, 4, 2), _uniform(rng, 5, 7)
    loud = tuple(200 * array for array in _draw_machine(rng, 7))
    return [
        Call("rbm_log_density", (images, *_draw_machine(rng, 24)), label="with images"),
        Call("rbm_log_density", (images[:1], *_draw_machine(rng, 24)), label="with a single image"),
        Call("rbm_log_density", (rows, *_draw_machine(rng, 7)), label="with rows of pixels"),
        Call("rbm_log_density", (rows, *loud), label="with weights of some hundreds"),
    ]


def draw_objectives(rng: np.random.Generator) -> list[Call]:
    """Two small networks; one target per image, one for all, a single image; no expert, a strong one, the default."""
    calls = []
    for shape, convolutions in (((3, 4, 1), 0), ((6, 7, 2), 2)):
        model, machine = draw_network(rng, input_shape=shape, convolutions=convolutions), _draw_machine_for(rng, shape)
        x, targets, one = _uniform(rng, 4, *shape), rng.permutation(4).astype(np.int32), int(rng.integers(4))
        strength = round(float(rng.uniform(0.3, 0.6)), 2)
        for images, target, options, label in (
            (x, targets, {"strength": strength}, "with one target per image"),
            (x, one, {"strength": 2 * strength}, "with one target for all images"),
            (x[:1], one, {"strength": 0.0}, "with a single image and no expert"),
            (x, targets, {}, "with the default strength"),
        ):
            calls.append(Call("expert_objective", (model, images, target, *machine), options, label=label))
    return calls


def draw_ascents(rng: np.random.Generator) -> list[Call]:
    """One small step, which is the gradient; steps that run into the bounds, leave them, and run back; no step."""
    shape = (6, 5, 2)
    model, machine = draw_network(rng, input_shape=shape, convolutions=1), _draw_machine_for(rng, shape)
    start = _uniform(rng, 4, *shape)
    targets, one = rng.permutation(4).astype(np.int32), int(rng.integers(4))
    few = {"start": start, "strength": 0.3, "learning_rate": 0.6, "num_steps": 5}
    return [
        _climb(model, targets, machine, few | {"num_steps": 1, "learning_rate": 0.05}, "with one small step"),
        _climb(model, targets, machine, few, "with one target per prototype"),
        _climb(model, one, machine, few | {"strength": 1.0}, "with one target and a strong expert"),
        _climb(model, one, machine, few | {"start": start[:1]}, "with a single image"),
        _climb(model, targets, machine, few | {"num_steps": 0}, "with no step at all"),
    ]


def draw_trained(rng: np.random.Generator) -> list[Call]:
    """Digits that are to become others, by the trained network and the trained machine."""
    x, labels = draw_digits(rng, 4)
    targets = draw_other_classes(rng, labels)
    model, machine = networks.load("mnist_mlp"), rbm.load()
    arrays = (machine.weights, machine.visible_bias, machine.hidden_bias)
    options = {"start": x, "strength": 0.25, "learning_rate": 0.2, "num_steps": 3}
    plain = {"start": x, "strength": 0.01, "learning_rate": 0.1, "num_steps": 2}
    return [
        _climb(model, targets, arrays, options, "on the trained networks", TRAINED),
        _climb(model, targets, arrays, plain, "on the trained networks", TRAINED),
    ]


def _climb(
    model: Any,
    target: Any,
    machine: tuple[np.ndarray, ...],
    options: dict[str, Any],
    label: str,
    tolerance: float = SMALL,
) -> Call:
    return Call("am_with_expert", (model, target, *machine), options, label=label, tolerance=tolerance)


def _draw_machine(rng: np.random.Generator, pixels: int, hidden: int = 6) -> tuple[np.ndarray, ...]:
    """Weights, visible and hidden bias, such that hidden units are neither always on nor always off."""
    shapes = ((pixels, hidden), (pixels,), (hidden,))
    return tuple(rng.normal(0, scale, s).astype(np.float32) for scale, s in zip((0.7, 0.7, 1.0), shapes, strict=True))


def _draw_machine_for(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    return _draw_machine(rng, int(np.prod(shape)))


def _uniform(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(0, 1, shape).astype(np.float32)


@part("rbm_log_density", draw=draw_densities)
def test_density(student: Student, case: Case) -> None:
    student.must_match(case)


@part("expert_objective", draw=draw_objectives)
def test_objective(student: Student, case: Case) -> None:
    student.must_match(case)


@part("am_with_expert", draw=draw_ascents)
def test_ascent(student: Student, case: Case) -> None:
    student.must_match(case)


@part("trained_networks", draw=draw_trained)
def test_prototypes_of_the_trained_networks(student: Student, case: Case) -> None:
    must_climb(student, with_long_ascent(case, reference, num_steps=100), heights, slack=0.05)


def heights(call: Call, images: np.ndarray) -> np.ndarray:
    """Objective and log probability of each image, to be high at the end; what leaves [0, 1] is as low as can be."""
    model, target, *machine = call.args
    x, strength = np.clip(images, 0, 1), call.kwargs["strength"]
    values = [expert_objective(model, x, target, *machine, strength=s) for s in (strength, 0.0)]
    return np.where((x == images).all(axis=(1, 2, 3)), np.stack(values), -np.inf)
