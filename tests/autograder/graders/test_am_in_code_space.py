"""The grader of activation maximization in code space, through the sandbox: right in any dialect, wrong by name."""

import numpy as np
import pytest

import autograder.graders.am_in_code_space as grader
import solutions.am_in_code_space as reference
from tests.autograder.conftest import Grade

STEM = "am_in_code_space"
IN_TENSORFLOW = """
    def code_objective(model, generator, codes, target, *, l2=0.01, mean=0.0):
        codes = tf.convert_to_tensor(codes, tf.float32)
        target = tf.broadcast_to(tf.cast(target, tf.int64), [len(codes)])
        logits = model(generator(codes))
        cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)
        return -cross_entropy - l2 * tf.norm(codes - tf.cast(mean, tf.float32), axis=1) ** 2
    """
EAGER_ON_ITS_OWN_OBJECTIVE = """
    def am_in_code_space(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("climbing", num_steps, "steps")
        print("noise on stderr", file=sys.stderr)
        z = tf.Variable(start)
        for _ in range(num_steps):
            with tf.GradientTape() as tape:
                loss = -tf.reduce_sum(code_objective(model, generator, z, target, l2=l2, mean=mean))
            z.assign_sub(learning_rate * tape.gradient(loss, z))
        return z, generator(z)
    """
IN_NUMPY = """
    def code_objective(model, generator, codes, target, *, l2=0.01, mean=0.0):
        values = []
        for i, z in enumerate(np.asarray(codes, np.float64)):
            logits = model(generator(z[None].astype(np.float32))).numpy()[0].astype(np.float64)
            own = logits[np.broadcast_to(target, len(codes))[i]]
            center = np.broadcast_to(mean, np.shape(codes))[i]
            log_probability = -np.log(np.sum(np.exp(logits - own)))
            values.append(log_probability - l2 * (z - center) @ (z - center))
        return np.array(values)
    """
COMPILED_BY_THE_CHAIN_RULE = """
    def am_in_code_space(model, generator, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
        one_hot = np.eye(model.output_shape[-1], dtype=np.float32)[np.broadcast_to(target, len(start))]

        @tf.function
        def slope(z):
            with tf.GradientTape() as inner:
                inner.watch(z)
                images = generator(z)
            with tf.GradientTape() as outer:
                outer.watch(images)
                logits = model(images)
                score = tf.reduce_sum(one_hot * logits, axis=1) - tf.reduce_logsumexp(logits, axis=1)
            return inner.gradient(images, z, output_gradients=outer.gradient(score, images))

        z = np.asarray(start, np.float64)
        for _ in range(num_steps):
            z = z + learning_rate * (slope(tf.constant(z, tf.float32)).numpy() - 2 * l2 * (z - mean))
        return z, generator.predict(z, verbose=0)
    """
DIALECTS = {
    "TensorFlow, step by step, with an optimizer's loss": {
        "code_objective": IN_TENSORFLOW,
        "am_in_code_space": EAGER_ON_ITS_OWN_OBJECTIVE,
    },
    "NumPy and float64, one code after another, compiled chain rule": {
        "code_objective": IN_NUMPY,
        "am_in_code_space": COMPILED_BY_THE_CHAIN_RULE,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_an_ascent_that_stops_early_loses_the_trained_networks_only(graded: Grade) -> None:
    impatient = EAGER_ON_ITS_OWN_OBJECTIVE.replace("range(num_steps)", "range(min(num_steps, 20))")
    report = graded(STEM, {"code_objective": IN_TENSORFLOW, "am_in_code_space": impatient})
    assert [cell.outcome for cell in report.cells] == ["passed", "passed", "failed"], report
    assert "ends too low" in report.cells[2].message


def test_images_that_are_not_those_of_the_codes_are_low() -> None:
    call = grader.draw_trained(np.random.default_rng(0))[-1]
    codes, images = call.on(reference)
    right, wrong = grader.heights(call, (codes, images)), grader.heights(call, (codes, images[::-1]))
    np.testing.assert_array_equal(right[:2], wrong[:2])
    assert right[2].min() > -1e-3
    assert wrong[2].min() < -10


def test_codes_drawn_in_toward_the_mean_do_not_replace_an_ascent() -> None:
    """The penalty alone makes them higher; after an ascent no factor brings them as high."""
    call = grader.draw_trained(np.random.default_rng(0))[-1]
    model, generator, target = call.args
    end, _ = reference.am_in_code_space(model, generator, target, **call.kwargs | {"num_steps": 200})
    reached = grader.heights(call, (end, generator(end).numpy()))
    for factor in np.linspace(0, 1, 11, dtype=np.float32):
        codes = factor * call.kwargs["start"]
        assert (grader.heights(call, (codes, generator(codes).numpy())) < reached - 0.1).any(axis=0).all(), factor
