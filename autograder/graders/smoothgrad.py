"""Hidden tests of SmoothGrad and its relatives.

Noise differs from generator to generator, and each is right. So part 1 is judged by the statistics of the noise; all
other parts are given their noise and compared exactly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from autograder.grading import Call, part
from autograder.grading.cases import Case
from autograder.grading.comparison import complaint
from autograder.grading.failures import LearnerFailure
from autograder.grading.networks import draw_digits, draw_network, draw_other_classes
from autograder.grading.student import Student
from understanding_nn import networks

SMALL, TRAINED = 1e-4, 1e-3
PROPERTIES = {
    "standard deviation, which is noise_level * (max - min) of each image": (1, 0.05),
    "mean, which is 0": (0, 0.05),
    "variation from sample to sample": (1, 0.1),
    "variation from pixel to pixel": (1, 0.1),
    "variation from channel to channel": (1, 0.1),
    "distribution, which is normal": (3, 0.3),
    "correlation of two numbers of a sample, which is 0": (0, 0.9),
    "correlation of two samples, which is 0": (0, 0.9),
}
"""What noise is, whatever generator drew it: see `properties`. Beside each value, how far it may be off: seven standard
errors or more for as many numbers as `draw_images` asks for, so that chance costs nobody a point."""


def draw_images(rng: np.random.Generator) -> list[Call]:
    """Images of different ranges, none of which begins at 0 or ends at 1."""
    low, high = rng.uniform(0.1, 0.2, (3, 1, 1, 1)), np.array([0.5, 0.7, 0.9]).reshape(3, 1, 1, 1)
    x = (low + (high - low) * rng.uniform(0, 1, (3, 6, 6, 2))).astype(np.float32)
    options = {"noise_level": round(float(rng.uniform(0.2, 0.4)), 2), "num_samples": 150}
    return [Call("draw_noise", (x,), {**options, "seed": int(rng.integers(1, 2**31))})]


def draw_smoothgrad(rng: np.random.Generator) -> list[Call]:
    """Small networks, one target per image, one for all, a single image; digits through the trained network."""
    return [*_calls("smoothgrad", rng), _trained_call("smoothgrad", rng, num_samples=6)]


def draw_relatives(rng: np.random.Generator) -> list[Call]:
    """The same for both relatives; no more than seven samples, so that n and n - 1 can be told apart."""
    return [*_calls("smoothgrad_squared", rng), *_calls("vargrad", rng), _trained_call("vargrad", rng, num_samples=6)]


def draw_smooth_integrated_gradients(rng: np.random.Generator) -> list[Call]:
    """Baselines of every form, then the whole method on the trained network."""
    name = "smooth_integrated_gradients"
    forms = [round(float(rng.uniform(0.2, 0.4)), 2), _uniform(rng, 8, 8, 3), _uniform(rng, 1, 8, 8, 3)]
    calls = _calls(name, rng, lambda n: {"num_steps": 4 + n, "baseline": forms[n]})
    trained = _trained_call(name, rng, num_samples=3, num_steps=6, baseline=_uniform(rng, 28, 28, 1) / 4)
    return [*calls, trained]


def _calls(function: str, rng: np.random.Generator, options: Any = lambda _: {}) -> list[Call]:
    """One target per image, in batches that hold two of the five samples; one target for all; a single image."""
    model, x = draw_network(rng, input_shape=(8, 8, 3), convolutions=2), _uniform(rng, 3, 8, 8, 3)
    targets, one = rng.permutation(4)[:3].astype(np.int32), int(rng.integers(4))
    forms = [
        (x, targets, {"batch_size": 6}, "with one target per image and small batches"),
        (x, one, {}, "with one target for all images"),
        (x[:1], one, {}, "with a batch of one image"),
    ]
    calls = []
    for n, (images, target, batches, label) in enumerate(forms):
        keywords = {"noise": _noise(rng, images, 5 + n), **batches, **options(n)}
        calls.append(Call(function, (model, images, target), keywords, label, SMALL))
    return calls


def _trained_call(function: str, rng: np.random.Generator, *, num_samples: int, **options: Any) -> Call:
    """Digits for classes that they do not show."""
    x, labels = draw_digits(rng, 3)
    target = draw_other_classes(rng, labels)
    keywords = {"noise": _noise(rng, x, num_samples), **options}
    return Call(function, (networks.load("mnist_cnn"), x, target), keywords, "on the trained network", TRAINED)


def _uniform(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(0, 1, shape).astype(np.float32)


def _noise(rng: np.random.Generator, x: np.ndarray, num_samples: int) -> np.ndarray:
    return (0.3 * rng.normal(size=(num_samples, *x.shape))).astype(np.float32)


@part("draw_noise", draw=draw_images)
def test_noise(student: Student, case: Case) -> None:
    (call,) = case.calls
    noise = _right_noise(student, call, case)
    if not np.array_equal(noise, student.draw_noise(*call.args, **call.kwargs)):
        raise LearnerFailure("draw_noise returned other noise when it was called again with the same seed.")
    another_seed = call.kwargs | {"seed": call.kwargs["seed"] + 1}
    other = _right_noise(student, replace(call, kwargs=another_seed), case)
    if np.mean(noise * other) > np.mean(noise * noise) / 2:
        raise LearnerFailure("draw_noise returned the same noise for two seeds.")


def _right_noise(student: Student, call: Call, case: Case) -> np.ndarray:
    """What the submission draws.

    Raises:
        LearnerFailure: it is no noise, or a property of it is wrong. If a known misconception's is like it, `named`
            says which.
    """
    noise: np.ndarray = student.draw_noise(*call.args, **call.kwargs)
    problem = complaint(noise, case.expected[0], tolerance=np.inf)
    if problem:
        raise LearnerFailure(f"draw_noise {problem}.")
    found = properties(noise, call)
    off = _off(found)
    if off:
        student.named = _recognize(found, case)
        raise LearnerFailure(f"draw_noise returned noise with the wrong {off[0]}.")
    return noise


RIGHT = {name: value for name, (value, _) in PROPERTIES.items()}


@np.errstate(over="ignore", invalid="ignore")
def properties(noise: Any, call: Call) -> dict[str, Any]:
    """The numbers that `PROPERTIES` names, in units of the right standard deviation; the first one for each image.

    Of the correlations it is the largest of all pairs. Two samples may be each other's mirror images.
    """
    (x,), level = call.args, call.kwargs["noise_level"]
    values = np.asarray(noise, np.float64) / (level * np.ptp(x, axis=(1, 2, 3), keepdims=True))
    deviations = values.std(axis=(0, 2, 3, 4), keepdims=True)
    variations = [values.var(axis=axes, ddof=1).mean() for axes in (0, (2, 3), 4)]
    fourth_moment = np.mean((values / deviations.clip(min=1e-9)) ** 4)
    rows = values.reshape(len(values), -1)
    of_numbers, of_samples = np.abs(rows.T @ rows) / rows.shape[0], rows @ rows.T / rows.shape[1]
    largest = [(products - np.diag(np.diag(products))).max() for products in (of_numbers, of_samples)]
    return dict(zip(PROPERTIES, (deviations, values.mean(), *variations, fourth_moment, *largest), strict=True))


def _off(found: dict[str, Any]) -> list[str]:
    """Which properties are wrong."""
    return [name for name in PROPERTIES if not _near(found, RIGHT, name)]


def _near(found: dict[str, Any], other: dict[str, Any], name: str) -> bool:
    return bool((np.abs(found[name] - other[name]) <= PROPERTIES[name][1]).all())


def _recognize(found: dict[str, Any], case: Case) -> str | None:
    """The misconception whose noise is like this: wrong in the same properties, and by as much."""
    for name, (mistaken,) in case.mistaken.items():
        known = properties(mistaken, case.calls[0])
        if _off(found) == _off(known) and all(_near(found, known, each) for each in PROPERTIES):
            return name
    return None


@part("smoothgrad", draw=draw_smoothgrad)
def test_smoothgrad(student: Student, case: Case) -> None:
    student.must_match(case)


@part("relatives", draw=draw_relatives)
def test_relatives(student: Student, case: Case) -> None:
    student.must_match(case)


@part("smooth_integrated_gradients", draw=draw_smooth_integrated_gradients)
def test_smooth_integrated_gradients(student: Student, case: Case) -> None:
    student.must_match(case)
