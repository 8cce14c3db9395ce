"""The grader of Grad-CAM, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "grad_cam"
# Image by image, layers called one after another, weights and sum in NumPy and float64; warns and prints.
BY_LAYERS = """
    def grad_cam(model, x, target, *, layer):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("noise on stderr", file=sys.stderr)
        layers = [each for each in model.layers if type(each).__name__ != "InputLayer"]
        end = [each.name for each in layers].index(layer) + 1
        maps = []
        for image, one in zip(np.asarray(x, np.float32), np.broadcast_to(target, len(x))):
            a = tf.constant(image[None])
            for each in layers[:end]:
                a = each(a)
            with tf.GradientTape() as tape:
                tape.watch(a)
                b = a
                for each in layers[end:]:
                    b = each(b)
                logit = b[0, int(one)]
            gradient = tape.gradient(logit, a)[0].numpy().astype(np.float64)
            weights = gradient.mean(axis=(0, 1))
            maps.append(np.maximum(0, np.tensordot(a[0].numpy(), weights, axes=1)))
        return np.stack(maps)
    """
# One tape over the whole network, all images' logits added up, a sum divided by a number; compiled, gives a tensor.
COMPILED = """
    @tf.function
    def weighted(model, x, one_hot, layer):
        lower, upper = split(model, layer)
        with tf.GradientTape() as tape:
            maps = lower(x)
            tape.watch(maps)
            score = tf.reduce_sum(upper(maps) * one_hot)
        gradient = tape.gradient(score, maps)
        size = maps.shape[1] * maps.shape[2]
        weights = tf.reduce_sum(gradient, axis=[1, 2], keepdims=True) / size
        return tf.maximum(tf.reduce_sum(weights * maps, axis=-1), 0.0)

    def grad_cam(model, x, target, *, layer):
        classes = tf.one_hot(np.broadcast_to(target, len(x)), model.output_shape[-1])
        return weighted(model, tf.constant(x), classes, layer)
    """
DIALECTS = {"layers in float64": BY_LAYERS, "compiled": COMPILED}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, {"grad_cam": DIALECTS[dialect]})
    assert report.score == 10, report


@pytest.mark.slow
def test_one_layer_for_all_questions_keeps_the_first_part_only(graded: Grade) -> None:
    source = """
        def grad_cam(model, x, target, *, layer):
            x, target = check_explanation(model, x, target)
            last = [each.name for each in model.layers if each.output.ndim == 4][-1]
            lower, upper = split(model, last)
            maps = lower(x)
            with tf.GradientTape() as tape:
                tape.watch(maps)
                logit = tf.gather(upper(maps), target, batch_dims=1)
            weights = tf.reduce_mean(tape.gradient(logit, maps), axis=(1, 2))
            return tf.nn.relu(tf.einsum("nijk,nk->nij", maps, weights)).numpy()
        """
    report = graded(STEM, {"grad_cam": source})
    assert [cell.outcome for cell in report.cells] == ["passed", "failed", "failed"], report
    assert {cell.misconception for cell in report.cells[1:]} == {"always-the-last-layer"}
