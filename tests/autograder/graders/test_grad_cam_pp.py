"""The grader of Grad-CAM++, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "grad_cam_pp"
# Image by image, the equation of the paper in float64 as it stands; warns and prints.
AS_IN_THE_PAPER = """
    def grad_cam_pp(model, x, target, *, layer):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("noise on stderr", file=sys.stderr)
        lower, upper = split(model, layer)
        maps = []
        for image, one in zip(x, np.broadcast_to(target, len(x))):
            A = tf.Variable(lower(tf.constant(image[None], tf.float32)))
            with tf.GradientTape() as tape:
                logit = upper(A)[0, int(one)]
            g = tape.gradient(logit, A).numpy()[0].astype(np.float64)
            values = A.numpy()[0].astype(np.float64)
            result = np.zeros(values.shape[:2])
            for k in range(values.shape[2]):
                alpha = np.zeros(g.shape[:2])
                for i, j in np.argwhere(g[:, :, k] != 0):
                    alpha[i, j] = g[i, j, k] ** 2 / (2 * g[i, j, k] ** 2 + values[:, :, k].sum() * g[i, j, k] ** 3)
                result += np.sum(alpha * np.maximum(g[:, :, k], 0)) * values[:, :, k]
            maps.append(np.maximum(result, 0))
        return np.stack(maps)
    """
# Compiled, masked by where, the layers called one after another, returns a tensor.
COMPILED = """
    @tf.function
    def weighted(A, g):
        total = tf.reduce_sum(A, axis=[1, 2])[:, None, None, :]
        safe = tf.where(g > 0, 2.0 + g * total, 1.0)
        w = tf.reduce_sum(tf.where(g > 0, g, 0.0) / safe, axis=[1, 2])
        return tf.maximum(tf.reduce_sum(A * w[:, None, None, :], axis=-1), 0.0)

    def grad_cam_pp(model, x, target, *, layer):
        layers = [each for each in model.layers if not isinstance(each, tf.keras.layers.InputLayer)]
        cut = [each.name for each in layers].index(layer) + 1
        A = tf.constant(x)
        for each in layers[:cut]:
            A = each(A)
        chosen = tf.one_hot(np.broadcast_to(target, len(x)), model.output_shape[-1])
        with tf.GradientTape() as tape:
            tape.watch(A)
            a = A
            for each in layers[cut:]:
                a = each(a)
            score = tf.reduce_sum(a * chosen)
        return weighted(A, tape.gradient(score, A))
    """
DIALECTS = {"paper, float64, image by image": AS_IN_THE_PAPER, "compiled, layer by layer": COMPILED}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, {"grad_cam_pp": DIALECTS[dialect]})
    assert report.score == 10, report


@pytest.mark.slow
def test_a_small_number_in_the_denominator_is_no_small_mistake(graded: Grade) -> None:
    """Gradients of 0.001 have squares of 0.000001: what is added "for safety" then rules the result."""
    source = """
        def grad_cam_pp(model, x, target, *, layer):
            x, target = check_explanation(model, x, target)
            lower, upper = split(model, layer)
            A = lower(x)
            with tf.GradientTape() as tape:
                tape.watch(A)
                logit = tf.gather(upper(A), target, axis=1, batch_dims=1)
            g = tape.gradient(logit, A)
            total = tf.reduce_sum(A, axis=(1, 2), keepdims=True)
            alpha = g**2 / (2 * g**2 + total * g**3 + 1e-6)
            weights = tf.reduce_sum(alpha * tf.nn.relu(g), axis=(1, 2))
            return tf.nn.relu(tf.einsum("nijk,nk->nij", A, weights)).numpy()
        """
    report = graded(STEM, {"grad_cam_pp": source})
    outcomes = {cell.cell: cell.outcome for cell in report.cells}
    assert outcomes["trained_networks"] == "failed", report
