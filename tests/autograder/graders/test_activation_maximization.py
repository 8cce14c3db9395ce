"""The grader of activation maximization, through the sandbox: right in any dialect, wrong by name."""

import pytest

from tests.autograder.conftest import Grade

STEM = "activation_maximization"
IN_TENSORFLOW = """
    def am_objective(model, x, target, *, l2=0.01, mean=0.0):
        x = tf.convert_to_tensor(x, tf.float32)
        target = tf.broadcast_to(tf.cast(target, tf.int64), [len(x)])
        cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(target, model(x))
        departure = tf.reshape(x - tf.cast(mean, tf.float32), (len(x), -1))
        return -cross_entropy - l2 * tf.norm(departure, axis=1) ** 2
    """
EAGER_ON_ITS_OWN_OBJECTIVE = """
    def activation_maximization(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("climbing", num_steps, "steps")
        print("noise on stderr", file=sys.stderr)
        x = tf.Variable(start)
        for _ in range(num_steps):
            with tf.GradientTape() as tape:
                loss = -tf.reduce_sum(am_objective(model, x, target, l2=l2, mean=mean))
            x.assign_sub(learning_rate * tape.gradient(loss, x))
        return x
    """
IN_NUMPY = """
    def am_objective(model, x, target, *, l2=0.01, mean=0.0):
        targets, centers = np.broadcast_to(target, len(x)), np.broadcast_to(mean, np.shape(x))
        values = []
        for image, own, center in zip(np.asarray(x, np.float64), targets, centers):
            logits = model(image[None].astype(np.float32)).numpy()[0].astype(np.float64)
            values.append(-np.log(np.exp(logits - logits[own]).sum()) - l2 * ((image - center) ** 2).sum())
        return np.array(values)
    """
LOOP_INSIDE_THE_GRAPH = """
    def activation_maximization(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
        one_hot = tf.one_hot(np.broadcast_to(target, (len(start),)), model.output_shape[-1])

        @tf.function
        def ascend(x, center):
            def step(k, x):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    logits = model(x)
                    score = tf.reduce_sum(one_hot * logits, axis=1) - tf.reduce_logsumexp(logits, axis=1)
                return k + 1, x * (1 - 2 * learning_rate * l2) + learning_rate * (
                    tape.gradient(score, x) + 2 * l2 * center
                )
            return tf.while_loop(lambda k, x: k < num_steps, step, (0, x))[1]

        start = np.asarray(start, np.float32)
        center = np.broadcast_to(mean, start.shape).astype(np.float32)
        return ascend(tf.constant(start), tf.constant(center)).numpy().astype(np.float64)
    """
DIALECTS = {
    "TensorFlow, step by step, with an optimizer's loss": {
        "am_objective": IN_TENSORFLOW,
        "activation_maximization": EAGER_ON_ITS_OWN_OBJECTIVE,
    },
    "NumPy and float64, one image after another, a loop in the graph": {
        "am_objective": IN_NUMPY,
        "activation_maximization": LOOP_INSIDE_THE_GRAPH,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_an_ascent_that_stops_early_loses_the_trained_network_only(graded: Grade) -> None:
    impatient = EAGER_ON_ITS_OWN_OBJECTIVE.replace("range(num_steps)", "range(min(num_steps, 10))")
    report = graded(STEM, {"am_objective": IN_TENSORFLOW, "activation_maximization": impatient})
    assert [cell.outcome for cell in report.cells] == ["passed", "passed", "failed"], report
    assert "ends too low" in report.cells[2].message
