"""Hidden tests of SmoothGrad and its relatives.

Noise differs from generator to generator, and each is right. So part 1 is judged by the statistics of the noise; all
other parts are given their noise and compared exactly.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading import Call, misconception, part
from autograder.grading.cases import Case
from autograder.grading.comparison import complaint
from autograder.grading.failures import LearnerFailure
from autograder.grading.networks import draw_digits, draw_network
from autograder.grading.student import Student
from solutions.integrated_gradients import integrated_gradients
from solutions.sensitivity_analysis import logit_gradient
from solutions.smoothgrad import smooth_integrated_gradients, smoothgrad
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
    """Digits for classes that they do not show: for its own class a softmax is saturated, and no mistake is like it."""
    x, labels = draw_digits(rng, 3)
    target = ((labels + rng.integers(1, 10, len(labels))) % 10).astype(np.int32)
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


# ---- misconceptions: each is written as a learner might, with what a learner's notebook has ----------------


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="The noise level itself is your standard deviation. It is relative: multiply it by max - min of each image.",
)
def noise_level_as_the_standard_deviation(x, *, noise_level=0.1, num_samples=50, seed):
    return np.random.default_rng(seed).normal(0, noise_level, (num_samples, *x.shape)).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="All of your images get noise of one strength, that of the range of the whole batch. Take maximum and minimum "
    "of each image by itself: over all axes but the first, with keepdims=True.",
)
def range_of_the_whole_batch(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * (x.max() - x.min())
    return np.random.default_rng(seed).normal(0, sigma, (num_samples, *x.shape)).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="Your noise is relative to the largest value of an image. It should be relative to the range, max - min.",
)
def largest_value_instead_of_the_range(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * x.max(axis=(1, 2, 3), keepdims=True)
    return (sigma * np.random.default_rng(seed).standard_normal((num_samples, *x.shape))).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="All of your samples are the same noise. A mean over equal samples changes nothing: draw anew for each, and "
    "mind that a generator made from the seed inside a loop starts over each time.",
)
def same_noise_in_each_sample(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * np.ptp(x, axis=(1, 2, 3), keepdims=True)
    samples = [sigma * np.random.default_rng(seed).standard_normal(x.shape) for _ in range(num_samples)]
    return np.stack(samples).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="All of your images get the same random numbers, each times its own sigma. Draw numbers for every image of a "
    "sample: one array of the shape (num_samples, *x.shape).",
)
def same_noise_for_each_image(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * np.ptp(x, axis=(1, 2, 3), keepdims=True)
    numbers = np.random.default_rng(seed).standard_normal((num_samples, 1, *x.shape[1:]))
    return (sigma * numbers).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="Your noise is distributed uniformly. Draw it from the normal distribution.",
)
def uniform_noise(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * np.ptp(x, axis=(1, 2, 3), keepdims=True)
    return (sigma * np.random.default_rng(seed).uniform(-1, 1, (num_samples, *x.shape))).astype(np.float32)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="This is one gradient, at the mean of the noisy images. Take the gradient at each of them, and then the mean.",
)
def gradient_at_the_mean_image(model, x, target, *, noise, batch_size=256):
    return logit_gradient(model, x + noise.mean(axis=0), target)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="Your gradients have lost their signs before the mean. Opposite signs must be able to cancel: that is what "
    "the averaging is for.",
)
def absolute_gradients(model, x, target, *, noise, batch_size=256):
    return np.mean([np.abs(logit_gradient(model, x + sample, target)) for sample in noise], axis=0)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="This is the sum over the samples. Divide it by their number.",
)
def sum_instead_of_mean(model, x, target, *, noise, batch_size=256):
    return np.sum([logit_gradient(model, x + sample, target) for sample in noise], axis=0)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="Your images and their noise are stacked in different orders: np.repeat puts the copies of an image next to "
    "each other, while the reshaped noise has all images of one sample next to each other, as np.tile does.",
)
def images_stacked_in_another_order(model, x, target, *, noise, batch_size=256):
    noisy = np.repeat(x, len(noise), axis=0) + noise.reshape(-1, *x.shape[1:])
    targets = np.repeat(np.broadcast_to(target, len(x)), len(noise))
    return logit_gradient(model, noisy, targets).reshape(len(x), len(noise), *x.shape[1:]).mean(axis=1)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="Your result depends on batch_size: it is a mean of the means of batches, and the last batch is smaller than "
    "the others. Add up all gradients, and divide once by the number of samples.",
)
def mean_of_unequal_batches(model, x, target, *, noise, batch_size=256):
    at_once = max(batch_size // len(x), 1)
    means = []
    for start in range(0, len(noise), at_once):
        batch = [logit_gradient(model, x + sample, target) for sample in noise[start : start + at_once]]
        means.append(np.mean(batch, axis=0))
    return np.mean(means, axis=0)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="Your noisy images are clipped to [0, 1]. SmoothGrad leaves them as they are: clipped noise no longer has the "
    "mean 0.",
)
def noisy_images_clipped(model, x, target, *, noise, batch_size=256):
    return np.mean([logit_gradient(model, np.clip(x + sample, 0, 1), target) for sample in noise], axis=0)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="These are gradients of the softmax probability. Differentiate the target's logit, the model's output.",
)
def softmax_instead_of_logit(model, x, target, *, noise, batch_size=256):
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    gradients = []
    for sample in noise:
        noisy = tf.constant(x + sample)
        with tf.GradientTape() as tape:
            tape.watch(noisy)
            probability = tf.gather(tf.nn.softmax(model(noisy)), target, batch_dims=1)
        gradients.append(tape.gradient(probability, noisy).numpy())
    return np.mean(gradients, axis=0)


@misconception(
    replaces="smoothgrad_squared",
    loses=("relatives",),
    hint="Your smoothgrad_squared is the square of the mean. Square each gradient first, then take the mean.",
)
def square_of_the_mean(model, x, target, *, noise, batch_size=256):
    return np.square(smoothgrad(model, x, target, noise=noise))


@misconception(
    replaces="vargrad",
    loses=("relatives",),
    hint="Your vargrad is the mean square of the gradients. A variance is that of their differences from the mean.",
)
def mean_square_instead_of_variance(model, x, target, *, noise, batch_size=256):
    return np.mean([np.square(logit_gradient(model, x + sample, target)) for sample in noise], axis=0)


@misconception(
    replaces="vargrad",
    loses=("relatives",),
    hint="Your vargrad is the standard deviation of the gradients, the square root of their variance.",
)
def standard_deviation_instead_of_variance(model, x, target, *, noise, batch_size=256):
    return np.std([logit_gradient(model, x + sample, target) for sample in noise], axis=0)


@misconception(
    replaces="vargrad",
    loses=("relatives",),
    hint="Your variance is divided by n - 1. It is the variance of these samples themselves: divide by n.",
)
def variance_divided_by_one_less(model, x, target, *, noise, batch_size=256):
    return np.var([logit_gradient(model, x + sample, target) for sample in noise], axis=0, ddof=1)


@misconception(
    replaces="smooth_integrated_gradients",
    loses=("smooth_integrated_gradients",),
    hint="You multiply by x - x' without noise. Each path ends at its own noisy image, so each sample is multiplied by "
    "its own difference from the baseline, before the mean is taken.",
)
def difference_without_noise(model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256):
    gradients = []
    for sample in noise:
        for k in range(1, num_steps + 1):
            gradients.append(logit_gradient(model, baseline + k / num_steps * (x + sample - baseline), target))
    return (x - baseline) * np.mean(gradients, axis=0)


@misconception(
    replaces="smooth_integrated_gradients",
    loses=("smooth_integrated_gradients",),
    hint="The noise has moved your baseline, too: your paths run from x' + noise. Their start is x', without noise.",
)
def noise_on_the_baseline(model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256):
    maps = [
        integrated_gradients(model, x + sample, target, baseline=baseline + sample, num_steps=num_steps)
        for sample in noise
    ]
    return np.mean(maps, axis=0)


@misconception(
    replaces="smooth_integrated_gradients",
    loses=("smooth_integrated_gradients",),
    hint="Your samples are multiplied by the noisy image instead of its difference from the baseline.",
)
def baseline_forgotten_in_the_product(model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256):
    maps = []
    for sample in noise:
        steps = [baseline + k / num_steps * (x + sample - baseline) for k in range(1, num_steps + 1)]
        maps.append((x + sample) * np.mean([logit_gradient(model, step, target) for step in steps], axis=0))
    return np.mean(maps, axis=0)


@misconception(
    replaces="smooth_integrated_gradients",
    loses=("smooth_integrated_gradients",),
    hint="This is one explanation, of the mean of the noisy images. Explain each of them, and take the mean.",
)
def explanation_of_the_mean_image(
    model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256, correct=smooth_integrated_gradients
):
    mean = noise.mean(axis=0, keepdims=True)
    return correct(model, x, target, noise=mean, baseline=baseline, num_steps=num_steps)
