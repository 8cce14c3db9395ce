"""The grader of guided backpropagation, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "guided_backpropagation"
# The decorator inside, one mask by tf.where and the other by tf.maximum; warns and prints.
NESTED_RULE = """
    def guided_relu(x):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("noise on stderr", file=sys.stderr)

        @tf.custom_gradient
        def rule(z):
            a = tf.maximum(z, 0.0)
            return a, lambda upstream: tf.where(a > 0, tf.maximum(upstream, 0.0), tf.zeros_like(upstream))

        return rule(x)
    """
# Image by image, layer by layer, without a tape around the network and without the rule of part 1; NumPy, float64.
BY_STEPS = """
    def guided_backpropagation(model, x, target):
        from understanding_nn.steps import inputs_of, steps_of

        results = []
        for image, one in zip(np.asarray(x, np.float32), np.broadcast_to(target, len(x))):
            steps = steps_of(model)
            *inputs, logits = inputs_of(steps, tf.constant(image[None]))
            signal = np.eye(logits.shape[1])[[one]]
            for step, a in list(zip(steps, inputs))[::-1]:
                if step.kind == "relu":
                    signal = np.maximum(signal, 0) * (a.numpy() > 0)
                else:
                    signal = step.backward(a, tf.constant(signal, tf.float32)).numpy().astype(np.float64)
            results.append(signal[0])
        return np.stack(results)
    """
COMPILED = """
    @tf.function
    def pulled_back(model, x, one_hot):
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.reduce_sum(replace_relu(model, guided_relu)(x) * one_hot)
        return tape.gradient(score, x)

    def guided_backpropagation(model, x, target):
        targets = np.broadcast_to(target, len(x))
        return pulled_back(model, tf.constant(x), tf.one_hot(targets, model.output_shape[-1]))
    """
DIALECTS = {
    "steps in float64": {"guided_relu": NESTED_RULE, "guided_backpropagation": BY_STEPS},
    "compiled": {"guided_relu": NESTED_RULE, "guided_backpropagation": COMPILED},
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_a_mistake_in_the_rule_is_named_and_seen_on_the_way_back_only(graded: Grade) -> None:
    report = graded(STEM, {"guided_relu": "def guided_relu(x):\n    return tf.nn.relu(x)"})
    assert [cell.outcome for cell in report.cells] == ["failed", "failed", "failed"], report
    assert "on the way back" in report.cells[0].message
    assert {cell.misconception for cell in report.cells} == {"mask-of-the-signal-forgotten"}
