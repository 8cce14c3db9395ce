"""The grader of class activation maps, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "cam"
# Image by image in NumPy and float64, one matrix product; the network is cut by its layers. Warns and prints.
BY_LAYERS = """
    def cam(model, x, target):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("noise on stderr", file=sys.stderr)
        layers = [each for each in model.layers if type(each).__name__ != "InputLayer"]
        end = [type(each).__name__ for each in layers].index("GlobalAveragePooling2D")
        weights = np.asarray(layers[-1].get_weights()[0], np.float64)
        maps = []
        for image, one in zip(np.asarray(x, np.float32), np.broadcast_to(target, len(x))):
            a = image[None]
            for layer in layers[:end]:
                a = layer(a)
            maps.append(np.asarray(a[0], np.float64) @ weights[:, int(one)])
        return np.stack(maps)
    """
# All classes at once, as a convolution of 1 x 1, and the target's taken out; compiled, a tensor as the result.
AS_CONVOLUTION = """
    @tf.function
    def scores(model, x):
        steps = steps_of(model)
        maps = inputs_of(steps, x)[-3]
        return tf.nn.conv2d(maps, steps[-1].kernel[None, None], 1, "VALID")

    def cam(model, x, target):
        classes = tf.one_hot(np.broadcast_to(target, len(x)), model.output_shape[-1])
        return tf.reduce_sum(scores(model, tf.constant(x)) * classes[:, None, None], axis=-1)
    """
# Straight from the equation: one matrix of weights for each axis.
BY_MATRICES = """
    def upsample(maps, size):
        maps = np.asarray(maps, np.float64)

        def along(small, large):
            u = (np.arange(large) + 0.5) * small / large - 0.5
            distance = np.abs(np.clip(u, 0, small - 1)[:, None] - np.arange(small))
            return np.maximum(0, 1 - distance)

        high, wide = (size, size) if np.ndim(size) == 0 else size
        return along(maps.shape[1], high) @ maps @ along(maps.shape[2], wide).T
    """
BY_INTERPOLATION = """
    def upsample(maps, size):
        high, wide = np.broadcast_to(size, 2)
        result = np.asarray(maps)
        for axis, large in ((1, high), (2, wide)):
            small = result.shape[axis]
            u = (np.arange(large) + 0.5) * small / large - 0.5
            result = np.apply_along_axis(lambda row: np.interp(u, np.arange(small), row), axis, result)
        return result
    """
DIALECTS = {
    "layers and matrices in float64": {"cam": BY_LAYERS, "upsample": BY_MATRICES},
    "compiled, and by interpolation": {"cam": AS_CONVOLUTION, "upsample": BY_INTERPOLATION},
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_another_convention_of_enlarging_is_named(graded: Grade) -> None:
    """TensorFlow 1 and many programs align the corners; the map itself keeps its points."""
    source = """
        def upsample(maps, size):
            height, width = np.broadcast_to(size, 2)
            large = tf.compat.v1.image.resize_bilinear(maps[..., None], (height, width), align_corners=True)
            return large[..., 0].numpy()
        """
    report = graded(STEM, {"upsample": source})
    assert [cell.outcome for cell in report.cells] == ["passed", "failed", "failed"], report
    assert {cell.misconception for cell in report.cells[1:]} == {"corners-aligned"}
