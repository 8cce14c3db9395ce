"""The grader of sensitivity analysis, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "sensitivity_analysis"
LOOP = """
    def logit_gradient(model, x, target):
        x = tf.convert_to_tensor(x, tf.float32)
        targets = np.broadcast_to(np.asarray(target), (len(x),))
        gradients = []
        for image, one in zip(x, targets):
            with tf.GradientTape() as tape:
                tape.watch(image)
                logit = model(image[None])[0, int(one)]
            gradients.append(tape.gradient(logit, image).numpy())
        return np.stack(gradients)
    """
COMPILED = """
    @tf.function
    def slope(model, x, one_hot):
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.reduce_sum(model(x) * one_hot)
        return tape.gradient(score, x)

    def logit_gradient(model, x, target):
        classes = model.output_shape[-1]
        targets = np.broadcast_to(target, (len(x),))
        return slope(model, tf.constant(x), tf.one_hot(targets, classes))
    """
DOUBLE = """
    def logit_gradient(model, x, target):
        import warnings, sys
        warnings.warn("this is only a warning")
        print("computing", x.shape)
        print("noise on stderr", file=sys.stderr)
        x = tf.cast(x, tf.float32)
        targets = tf.broadcast_to(tf.cast(target, tf.int64), [tf.shape(x)[0]])
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            logits = model(x)
            rows = tf.range(tf.shape(x)[0], dtype=tf.int64)
            chosen = tf.gather_nd(logits, tf.stack([rows, targets], axis=1))
        return tape.gradient(chosen, x).numpy().astype(np.float64)
    """
JACOBIAN = """
    def logit_gradient(model, x, target):
        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            logits = model(x)
        jacobian = tape.batch_jacobian(logits, x).numpy()
        return np.stack([jacobian[n, t] for n, t in enumerate(np.broadcast_to(target, len(x)))])
    """
DIALECTS = {
    "loop": LOOP,
    "compiled, returns a tensor": COMPILED,
    "float64, warns and prints": DOUBLE,
    "jacobian": JACOBIAN,
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, {"logit_gradient": DIALECTS[dialect]})
    assert report.score == 10, report


@pytest.mark.slow
def test_a_product_instead_of_a_square_gets_full_marks(graded: Grade) -> None:
    source = """
        def sensitivity_analysis(model, x, target):
            gradient = logit_gradient(model, x, target)
            return gradient * gradient
        """
    report = graded(STEM, {"sensitivity_analysis": source})
    assert report.score == 10, report


@pytest.mark.slow
def test_the_second_part_can_be_earned_without_a_function_of_the_first(graded: Grade) -> None:
    """A learner who writes the gradient once more, inside, has implemented sensitivity analysis."""
    unsolved = "def logit_gradient(model, x, target):\n    raise NotImplementedError()"
    # LOOP is written with an indentation, and so is nested as it stands.
    inside = f"def sensitivity_analysis(model, x, target):{LOOP}\n    return logit_gradient(model, x, target) ** 2"
    report = graded(STEM, {"logit_gradient": unsolved, "sensitivity_analysis": inside})
    assert [cell.outcome for cell in report.cells] == ["failed", "passed", "passed"], report
