"""The grader of integrated gradients, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from autograder import assembly, specimens
from autograder.engine import Engine
from autograder.grading.misconceptions import Misconception
from autograder.misconceptions import integrated_gradients as mistakes
from tests.autograder.conftest import Grade

STEM = "integrated_gradients"
# Image by image in float64, points from the end of the way to its start, an own tape, warnings and prints.
LOOP = """
    def integrated_gradients(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256):
        import sys, warnings
        warnings.warn("only a warning")
        print("noise on stderr", file=sys.stderr)
        x = np.asarray(x, dtype=np.float64)
        starts = np.broadcast_to(np.asarray(baseline, dtype=np.float64), x.shape)
        results = []
        for image, start, one in zip(x, starts, np.broadcast_to(target, len(x))):
            total = np.zeros_like(image)
            for k in range(num_steps, 0, -1):
                point = tf.constant((k * image + (num_steps - k) * start)[None] / num_steps, tf.float32)
                with tf.GradientTape() as tape:
                    tape.watch(point)
                    logit = model(point)[0, int(one)]
                total += tape.gradient(logit, point).numpy()[0] / num_steps
            results.append((image - start) * total)
        return np.stack(results)
    """
NUMPY_GAP = """
    def completeness_gap(attribution, model, x, target, *, baseline=0.0):
        gaps = []
        starts = np.array(np.broadcast_to(baseline, np.shape(x)), dtype=np.float32)
        for R, image, start, one in zip(attribution, x, starts, np.broadcast_to(target, len(x))):
            both = model(np.stack([image, start])).numpy().astype(np.float64)[:, int(one)]
            gaps.append(abs(np.sum(R, dtype=np.float64) / (both[0] - both[1]) - 1))
        return np.array(gaps)
    """
# Compiled, all points of a block on one tape, weights inside the sum; returns tensors.
COMPILED = """
    @tf.function
    def weighted(model, points, one_hot, weights):
        with tf.GradientTape() as tape:
            tape.watch(points)
            score = tf.reduce_sum(model(points) * one_hot * weights[:, None])
        return tape.gradient(score, points)

    def integrated_gradients(model, x, target, *, baseline=0.0, num_steps=50, batch_size=256):
        x, target = check_explanation(model, x, target)
        start = spread("baseline", baseline, x) + tf.zeros_like(x)
        one_hot = tf.one_hot(target, model.output_shape[-1])
        maps = []
        for n in range(x.shape[0]):
            total = tf.zeros_like(x[n])
            for first in range(0, num_steps, batch_size):
                k = tf.range(first + 1, min(first + batch_size, num_steps) + 1, dtype=tf.float32)
                t = tf.reshape(k / num_steps, [-1, 1, 1, 1])
                points = (1 - t) * start[n] + t * x[n]
                ones = tf.repeat(one_hot[n : n + 1], len(k), axis=0)
                total += tf.reduce_sum(weighted(model, points, ones, tf.ones_like(k) / num_steps), axis=0)
            maps.append(total * (x[n] - start[n]))
        return tf.stack(maps)
    """
TENSOR_GAP = """
    def completeness_gap(attribution, model, x, target, *, baseline=0.0):
        x, target = check_explanation(model, x, target)
        start = tf.broadcast_to(spread("baseline", baseline, x), x.shape)
        end, begin = (tf.gather(model(images), target, batch_dims=1) for images in (x, start))
        total = tf.reduce_sum(tf.constant(attribution), axis=[1, 2, 3])
        return tf.abs((total - end + begin) / (end - begin))
    """
DIALECTS = {
    "float64, image by image, backward": {"integrated_gradients": LOOP, "completeness_gap": NUMPY_GAP},
    "compiled, returns tensors": {"integrated_gradients": COMPILED, "completeness_gap": TENSOR_GAP},
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_the_method_stands_without_its_gap(graded: Grade) -> None:
    """A learner who cannot measure completeness keeps the points for the method."""
    unsolved = "def completeness_gap(*args, **kwargs):\n    raise NotImplementedError()"
    report = graded(STEM, {"completeness_gap": unsolved})
    assert [cell.outcome for cell in report.cells] == ["failed", "passed", "passed"], report


@pytest.mark.slow
@pytest.mark.parametrize(
    "mistake", [mistakes.gap_with_a_sign, mistakes.left_riemann_sum, mistakes.sum_instead_of_mean], ids=lambda m: m.name
)
def test_a_mistake_in_a_notebook_is_named(mistake: Misconception, engine: Engine) -> None:
    report = engine.grade(assembly.to_text(specimens.mistaken(STEM, mistake)).encode(), STEM)
    lost = {cell.cell: cell.misconception for cell in report.cells if cell.outcome == "failed"}
    assert lost == dict.fromkeys(mistake.loses, mistake.name), report
