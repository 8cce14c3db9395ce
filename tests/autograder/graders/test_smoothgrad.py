"""The grader of SmoothGrad, through the sandbox: any good noise and any correct dialect get full marks."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from autograder import specimens
from autograder.graders import smoothgrad as grader
from autograder.grading.cases import Case
from autograder.grading.failures import LearnerFailure
from autograder.grading.misconceptions import Misconception
from autograder.grading.student import Student
from autograder.misconceptions import smoothgrad as mistakes
from solutions import smoothgrad as reference
from tests.autograder.conftest import Grade

STEM = "smoothgrad"
# Another generator, in float64; each image has a stream of its own, and half of the samples mirror the others.
ANTITHETIC = """
    def draw_noise(x, *, noise_level=0.1, num_samples=50, seed):
        import sys, warnings
        warnings.warn("only a warning")
        print("noise on stderr", file=sys.stderr)
        noise = np.empty((num_samples, *x.shape))
        for n, image in enumerate(x):
            half = np.random.RandomState([seed % 2**32, n]).randn(-(-num_samples // 2), *image.shape)
            noise[:, n] = np.concatenate([half, -half])[:num_samples] * noise_level * (image.max() - image.min())
        return noise
    """
STATELESS = """
    def draw_noise(x, *, noise_level=0.1, num_samples=50, seed):
        x = tf.cast(x, tf.float32)
        axes = list(range(1, len(x.shape)))
        ranges = tf.reduce_max(x, axes, keepdims=True) - tf.reduce_min(x, axes, keepdims=True)
        shape = (num_samples, *x.shape)
        return noise_level * ranges * tf.random.stateless_normal(shape, seed=[seed % 2**31, 7])
    """
LOOP = """
    def smoothgrad(model, x, target, *, noise, batch_size=256):
        targets = np.broadcast_to(target, (len(x),))
        maps = np.zeros(np.shape(x))
        for n in range(len(x)):
            for sample in noise[:, n]:
                noisy = tf.constant(x[n : n + 1] + sample)
                with tf.GradientTape() as tape:
                    tape.watch(noisy)
                    logit = model(noisy)[0, int(targets[n])]
                maps[n] += tape.gradient(logit, noisy)[0].numpy().astype(np.float64) / len(noise)
        return maps
    """
COMPILED = """
    @tf.function
    def all_slopes(model, x, one_hot, noise):
        def slopes(sample):
            noisy = x + sample
            with tf.GradientTape() as tape:
                tape.watch(noisy)
                score = tf.reduce_sum(model(noisy) * one_hot)
            return tape.gradient(score, noisy)
        return tf.map_fn(slopes, noise)

    def smoothgrad(model, x, target, *, noise, batch_size=256):
        one_hot = tf.one_hot(np.broadcast_to(target, (len(x),)), model.output_shape[-1])
        return tf.reduce_mean(all_slopes(model, tf.constant(x), one_hot, tf.constant(noise)), axis=0)
    """
RUNNING_MEAN = """
    def smoothgrad_squared(model, x, target, *, noise, batch_size=256):
        mean = 0.0
        for s, sample in enumerate(noise[::-1]):
            mean = mean + (logit_gradient(model, x + sample, target) ** 2 - mean) / (s + 1)
        return mean
    """
TWO_PASSES = """
    def vargrad(model, x, target, *, noise, batch_size=256):
        mean = sum(logit_gradient(model, x + each, target) for each in noise) / np.float32(len(noise))
        return sum((logit_gradient(model, x + each, target) - mean) ** 2 for each in noise) / np.float32(len(noise))
    """
FROM_THE_SQUARES = """
    def vargrad(model, x, target, *, noise, batch_size=256):
        squares = smoothgrad_squared(model, x, target, noise=noise)
        return squares - np.asarray(smoothgrad(model, x, target, noise=noise)) ** 2
    """
SAMPLE_BY_SAMPLE = """
    def smooth_integrated_gradients(model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256):
        options = dict(baseline=baseline, num_steps=num_steps)
        return np.mean([integrated_gradients(model, x + each, target, **options) for each in noise], axis=0)
    """
STEP_BY_STEP = """
    def smooth_integrated_gradients(model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256):
        total = np.zeros(x.shape, np.float64)
        for k in range(num_steps, 0, -1):
            for each in noise:
                difference = x + each - baseline
                point = np.asarray(baseline + k * difference / num_steps, np.float32)
                total += difference * logit_gradient(model, point, target)
        return total / num_steps / len(noise)
    """
DIALECTS = {
    "another generator, loops, float64": {
        "draw_noise": ANTITHETIC,
        "smoothgrad": LOOP,
        "smoothgrad_squared": RUNNING_MEAN,
        "vargrad": TWO_PASSES,
        "smooth_integrated_gradients": STEP_BY_STEP,
    },
    "TensorFlow's generator, compiled, tensors, built on each other": {
        "draw_noise": STATELESS,
        "smoothgrad": COMPILED,
        "vargrad": FROM_THE_SQUARES,
        "smooth_integrated_gradients": SAMPLE_BY_SAMPLE,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_mistakes_in_a_notebook_are_named_part_by_part(graded: Grade) -> None:
    """One mistake in each of three parts, and noise that ignores its seed in the first."""
    unseeded = """
        def draw_noise(x, *, noise_level=0.1, num_samples=50, seed):
            sigma = noise_level * np.ptp(x, axis=(1, 2, 3), keepdims=True)
            return (sigma * np.random.standard_normal((num_samples, *x.shape))).astype(np.float32)
        """
    made = mistakes.gradient_at_the_mean_image, mistakes.variance_divided_by_one_less, mistakes.difference_without_noise
    written = {mistake.replaces: mistaken_cell(mistake) for mistake in made}
    report = graded(STEM, {"draw_noise": unseeded, **written})
    assert report.score == 0
    assert "same seed" in report.cells[0].message
    assert [cell.misconception for cell in report.cells] == [None, *(mistake.name for mistake in made)], report


class TestNoise:
    """Part 1 in this process: what is judged is the value that crossed."""

    @pytest.mark.parametrize("seed", range(20))
    def test_no_draw_of_a_good_generator_is_refused(self, seed: int) -> None:
        def draw_noise(x: np.ndarray, *, noise_level: float, num_samples: int, seed: int) -> np.ndarray:
            generator = np.random.Generator(np.random.Philox(seed))
            sigma = np.float32(noise_level) * (x.max(axis=(1, 2, 3)) - x.min(axis=(1, 2, 3)))
            numbers = generator.standard_normal((num_samples, *x.shape[1:], len(x)), dtype=np.float32)
            return np.moveaxis(numbers * sigma, -1, 1)

        judge(draw_noise, seed)

    @pytest.mark.parametrize(
        ("said", "change"),
        [
            ("mean", lambda noise: noise + 0.1),
            ("pixel to pixel", lambda noise: noise[:, :, :1, :1] + 0 * noise),
            ("channel to channel", lambda noise: noise[..., :1] + 0 * noise),
            ("normal", lambda noise: np.sign(noise) * noise.std(axis=(0, 2, 3, 4), keepdims=True)),
            ("two numbers", lambda noise: noise[:, :, :3].repeat(2, axis=2)),
            ("two samples", lambda noise: np.tile(noise[:75], (2, 1, 1, 1, 1))),
            ("standard deviation", lambda noise: np.full(noise.shape, 1e300)),
            ("standard deviation", lambda noise: 1.1 * noise),
            ("shape", lambda noise: noise[0]),
        ],
    )
    def test_noise_that_is_not_right_is_refused(self, said: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
        with pytest.raises(LearnerFailure, match=said):
            judge(lambda x, **options: change(reference.draw_noise(x, **options)), seed=0)

    @pytest.mark.parametrize("factor", [1, 1.0001])
    def test_a_seed_must_matter(self, factor: float) -> None:
        def draw_noise(x: np.ndarray, *, seed: int, **options: Any) -> np.ndarray:
            return reference.draw_noise(x, seed=0, **options) * factor ** (seed % 2)

        with pytest.raises(LearnerFailure, match="for two seeds"):
            judge(draw_noise, seed=0)

    def test_noise_must_be_right_for_every_seed(self) -> None:
        with pytest.raises(LearnerFailure, match="standard deviation"):
            judge(lambda x, **options: reference.draw_noise(x, **options) * (options["seed"] % 2), seed=0)


def judge(draw_noise: Callable[..., np.ndarray], seed: int) -> None:
    """Grade a function as part 1, on a case drawn from a seed."""
    calls = tuple(grader.draw_images(np.random.default_rng(seed)))
    case = Case(calls, tuple(call.on(reference) for call in calls), mistaken={})
    grader.test_noise(cast("Student", SimpleNamespace(draw_noise=draw_noise, named=None)), case)


def mistaken_cell(mistake: Misconception) -> str:
    """The cell of a function with a known mistake in it."""
    notebook = specimens.mistaken(STEM, mistake)
    return str(next(cell.source for cell in notebook.cells if cell.source.startswith(f"def {mistake.replaces}(")))
