"""The grader of deconvolution, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "deconvolution"
# The decorator inside, both directions without tf.nn.relu; warns and prints.
NESTED_RULE = """
    def deconv_relu(x):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("noise on stderr", file=sys.stderr)

        @tf.custom_gradient
        def rule(z):
            return tf.maximum(z, 0.0), lambda upstream: (upstream + tf.abs(upstream)) / 2

        return rule(x)
    """
# Image by image, layer by layer, without a tape around the network and without the rule of part 1; NumPy, float64.
LOGIT_BY_STEPS = """
    def deconvolution(model, x, target):
        from understanding_nn.steps import inputs_of, steps_of

        results = []
        for image, one in zip(np.asarray(x, np.float32), np.broadcast_to(target, len(x))):
            steps = steps_of(model)
            *inputs, logits = inputs_of(steps, tf.constant(image[None]))
            signal = np.eye(logits.shape[1])[[one]]
            for step, a in list(zip(steps, inputs))[::-1]:
                if step.kind == "relu":
                    signal = np.maximum(signal, 0)
                else:
                    signal = step.backward(a, tf.constant(signal, tf.float32)).numpy().astype(np.float64)
            results.append(signal[0])
        return np.stack(results)
    """
# The start as the gradient of half the map's energy, compiled, returns a tensor.
MAP_BY_ENERGY = """
    @tf.function
    def pulled_back(model, x, layer, channel):
        with tf.GradientTape() as tape:
            tape.watch(x)
            own = replace_relu(model, deconv_relu, layer=layer)(x)[..., channel]
            energy = tf.reduce_sum(own * own) / 2
        return tape.gradient(energy, x)

    def deconvolve_feature_map(model, x, *, layer, channel):
        return pulled_back(model, tf.constant(x), layer, channel)
    """
DIALECTS = {
    "steps in float64, energy": {
        "deconv_relu": NESTED_RULE,
        "deconvolution": LOGIT_BY_STEPS,
        "deconvolve_feature_map": MAP_BY_ENERGY,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_parts_are_graded_one_by_one(graded: Grade) -> None:
    """Whoever cannot do feature maps keeps the points for the logit."""
    blank = "def deconvolve_feature_map(*args, **kwargs):\n    raise NotImplementedError()"
    report = graded(STEM, {"deconvolve_feature_map": blank})
    assert [cell.outcome for cell in report.cells] == ["passed", "passed", "failed", "failed"], report
