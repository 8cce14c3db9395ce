"""The grader of explanation selectivity, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "explanation_selectivity"
# Image by image and patch by patch in float64; warns and prints.
LOOPS = """
    def flip_curve(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("noise on stderr", file=sys.stderr)
        x, R = np.array(x, np.float64), np.array(relevance, np.float64)
        R = R.sum(axis=3) if R.ndim == 4 else R
        value = np.broadcast_to(value, x.shape)
        corners = [(i, j) for i in range(0, x.shape[1], patch_size) for j in range(0, x.shape[2], patch_size)]
        curves = []
        for n, one in enumerate(np.broadcast_to(target, (len(x),))):
            windows = [np.s_[n, i : i + patch_size, j : j + patch_size] for i, j in corners]
            windows.sort(key=lambda window: -R[window].sum())
            curve = [model(x[n : n + 1].astype("float32"))[0, int(one)]]
            for window in windows[:num_steps]:
                x[window] = value[window]
                curve.append(model(x[n : n + 1].astype("float32"))[0, int(one)])
            curves.append(curve)
        return np.array(curves, np.float64)
    """
TRAPEZOID = """
    def explanation_selectivity(curve):
        return np.trapezoid(np.asarray(curve, np.float64), np.linspace(0, 1, curve.shape[1]), axis=1)
    """
# All steps of all images in one batch, sums by average pooling, ranks by counting; returns tensors.
TENSORS = """
    @tf.function
    def all_logits(model, images, one_hot):
        steps = tf.shape(images)[0]
        logits = model(tf.reshape(images, (-1, *images.shape[2:])))
        return tf.reduce_sum(tf.reshape(logits, (steps, -1, logits.shape[1])) * one_hot, axis=2)

    def flip_curve(model, x, relevance, target, *, patch_size=4, value=0.0, num_steps=None):
        x, target = check_explanation(model, x, target)
        R = tf.cast(relevance, tf.float32)
        R = R[..., None] if len(R.shape) == 3 else R
        means = tf.nn.avg_pool2d(tf.reduce_mean(R, axis=3, keepdims=True), patch_size, patch_size, "VALID")
        rows, columns = means.shape[1:3]
        scores = tf.reshape(means, (len(x), -1))
        order = tf.argsort(scores, axis=1, direction="DESCENDING", stable=True)
        turn = tf.reshape(tf.argsort(order, axis=1), (len(x), rows, columns, 1))
        turn = tf.repeat(tf.repeat(turn, patch_size, axis=1), patch_size, axis=2)
        steps = tf.range((num_steps or rows * columns) + 1)
        images = tf.where(turn[None] < steps[:, None, None, None, None], tf.cast(value, tf.float32), x)
        return tf.transpose(all_logits(model, images, tf.one_hot(target, model.output_shape[-1])))
    """
WEIGHTED = """
    def explanation_selectivity(curve):
        weights = np.ones(curve.shape[1], np.float32)
        weights[[0, -1]] = 0.5
        return tf.linalg.matvec(tf.constant(curve), weights / (curve.shape[1] - 1))
    """
DIALECTS = {
    "loops in float64, warns and prints": {"flip_curve": LOOPS, "explanation_selectivity": TRAPEZOID},
    "tensors, all steps at once": {"flip_curve": TENSORS, "explanation_selectivity": WEIGHTED},
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_the_curve_is_graded_without_the_area(graded: Grade) -> None:
    blank = "def explanation_selectivity(curve):\n    raise NotImplementedError()"
    report = graded(STEM, {"explanation_selectivity": blank})
    outcomes = {cell.cell: cell.outcome for cell in report.cells}
    expected = {"explanation_selectivity": "failed", "flip_curve": "passed", "trained_network": "passed"}
    assert outcomes == expected, report
