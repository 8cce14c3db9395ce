"""The grader of activation maximization with an expert, through the sandbox: right in any dialect, wrong by name."""

import numpy as np
import pytest

import autograder.graders.am_with_expert as grader
from tests.autograder.conftest import Grade

STEM = "am_with_expert"
STATE_BY_STATE = """
    def rbm_log_density(x, weights, visible_bias, hidden_bias):
        rows = tf.reshape(tf.cast(x, tf.float32), (len(x), -1))
        on = tf.linalg.matmul(rows, tf.cast(weights, tf.float32)) + hidden_bias
        both = tf.reduce_logsumexp(tf.stack([tf.zeros_like(on), on]), axis=0)
        return tf.reduce_sum(rows * visible_bias, axis=1) + tf.reduce_sum(both, axis=1)
    """
TENSORS = """
    def expert_objective(model, x, target, weights, visible_bias, hidden_bias, *, strength=0.01):
        x = tf.convert_to_tensor(x, tf.float32)
        target = tf.broadcast_to(tf.cast(target, tf.int64), [len(x)])
        cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(target, model(x))
        return strength * rbm_log_density(x, weights, visible_bias, hidden_bias) - cross_entropy
    """
EAGER_ON_ITS_OWN_OBJECTIVE = """
    def am_with_expert(
        model, target, weights, visible_bias, hidden_bias, *, start, strength=0.01, learning_rate=0.1, num_steps=200
    ):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("climbing", num_steps, "steps")
        print("noise on stderr", file=sys.stderr)
        x = tf.Variable(start)
        for _ in range(num_steps):
            with tf.GradientTape() as tape:
                height = expert_objective(model, x, target, weights, visible_bias, hidden_bias, strength=strength)
            x.assign(tf.minimum(1.0, tf.maximum(0.0, x + learning_rate * tape.gradient(height, x))))
        return x
    """
IN_NUMPY = """
    def rbm_log_density(x, weights, visible_bias, hidden_bias):
        w, a, b = (np.asarray(each, np.float64) for each in (weights, visible_bias, hidden_bias))
        rows = [np.ravel(image).astype(np.float64) for image in np.asarray(x)]
        return np.array([row @ a + np.logaddexp(0, row @ w + b).sum() for row in rows])
    """
ARRAYS = """
    def expert_objective(model, x, target, weights, visible_bias, hidden_bias, *, strength=0.01):
        logits = model(np.asarray(x, np.float32)).numpy().astype(np.float64)
        own = logits[np.arange(len(x)), np.broadcast_to(target, len(x))]
        log_probability = -np.log(np.exp(logits - own[:, None]).sum(axis=1))
        return log_probability + strength * rbm_log_density(x, weights, visible_bias, hidden_bias)
    """
GRADIENT_BY_HAND = """
    def am_with_expert(
        model, target, weights, visible_bias, hidden_bias, *, start, strength=0.01, learning_rate=0.1, num_steps=200
    ):
        one_hot = np.eye(model.output_shape[-1], dtype=np.float32)[np.broadcast_to(target, len(start))]

        @tf.function
        def slope(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                score = tf.reduce_sum(one_hot * tf.nn.log_softmax(model(x)))
            return tape.gradient(score, x)

        x = np.asarray(start, np.float64)
        w, a, b = (np.asarray(each, np.float64) for each in (weights, visible_bias, hidden_bias))
        for _ in range(num_steps):
            on = 0.5 * (1 + np.tanh(0.5 * (x.reshape(len(x), -1) @ w + b)))
            of_expert = (a + on @ w.T).reshape(x.shape)
            of_network = slope(tf.constant(x, tf.float32)).numpy()
            x = np.clip(x + learning_rate * (of_network + strength * of_expert), 0, 1)
        return x
    """
DIALECTS = {
    "TensorFlow, sums over states, step by step": {
        "rbm_log_density": STATE_BY_STATE,
        "expert_objective": TENSORS,
        "am_with_expert": EAGER_ON_ITS_OWN_OBJECTIVE,
    },
    "NumPy and float64, the expert's gradient by hand": {
        "rbm_log_density": IN_NUMPY,
        "expert_objective": ARRAYS,
        "am_with_expert": GRADIENT_BY_HAND,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_an_ascent_that_stops_early_and_a_density_that_overflows(graded: Grade) -> None:
    """Each costs its own part; the density's fault is told by its kind."""
    impatient = EAGER_ON_ITS_OWN_OBJECTIVE.replace("range(num_steps)", "range(min(num_steps, 10))")
    overflowing = STATE_BY_STATE.replace("tf.reduce_logsumexp(", "tf.math.log(tf.reduce_sum(tf.exp(")
    overflowing = overflowing.replace("on]), axis=0)", "on])), axis=0))")
    answers = {"rbm_log_density": overflowing, "expert_objective": TENSORS, "am_with_expert": impatient}
    report = graded(STEM, answers)
    assert [cell.outcome for cell in report.cells] == ["failed", "passed", "passed", "failed"], report
    assert "overflow" in report.cells[0].message
    assert "ends too low" in report.cells[3].message


def test_images_outside_the_range_of_pixels_are_as_low_as_can_be() -> None:
    call = grader.draw_trained(np.random.default_rng(0))[-1]
    images = call.kwargs["start"].copy()
    within = grader.heights(call, images)
    images[1, 0, 0, 0] = -0.01
    outside = grader.heights(call, images)
    assert np.isfinite(within).all()
    np.testing.assert_array_equal(np.isinf(outside), [[False, True, False, False]] * 2)
