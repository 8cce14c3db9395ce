"""The grader of explanation continuity, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "explanation_continuity"
# Pixel by pixel in float64; warns and prints.
PIXEL_BY_PIXEL = """
    def translate(images, dx, dy):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("noise on stderr", file=sys.stderr)
        images = np.asarray(images, np.float64)
        result = np.zeros(images.shape)
        for i, j in np.ndindex(*images.shape[1:3]):
            if 0 <= i - dy < images.shape[1] and 0 <= j - dx < images.shape[2]:
                result[:, i, j] = images[:, i - dy, j - dx]
        return result
    """
# Padded with zeros on all sides, then cut out.
PADDED = """
    def translate(images, dx, dy):
        height, width = images.shape[1:3]
        dx, dy = max(-width, min(dx, width)), max(-height, min(dy, height))
        rest = [(0, 0)] * (np.ndim(images) - 3)
        padded = np.pad(images, [(0, 0), (height, height), (width, width), *rest])
        return padded[:, height - dy : 2 * height - dy, width - dx : 2 * width - dx]
    """
LOOP = """
    def explanation_continuity(images, relevances):
        largest = 0.0
        for x, R in zip(images, relevances):
            for other, another in zip(images, relevances):
                distance = np.sqrt(np.sum((x - other) ** 2))
                if distance > 0:
                    largest = max(largest, np.sum(np.abs(R - another)) / distance)
        return largest
    """
# All pairs at once, in float32; a tensor without axes.
ALL_AT_ONCE = """
    def explanation_continuity(images, relevances):
        import tensorflow as tf

        x = tf.reshape(tf.constant(images), (len(images), -1))
        R = tf.reshape(tf.constant(relevances), (len(images), -1))
        distance = tf.norm(x[:, None] - x[None], axis=2)
        change = tf.reduce_sum(tf.abs(R[:, None] - R[None]), axis=2)
        return tf.reduce_max(tf.math.divide_no_nan(change, distance))
    """
DIALECTS = {
    "loops, float64": {"translate": PIXEL_BY_PIXEL, "explanation_continuity": LOOP},
    "padded, all pairs at once": {"translate": PADDED, "explanation_continuity": ALL_AT_ONCE},
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_parts_are_graded_one_by_one(graded: Grade) -> None:
    """Whoever cannot shift images keeps the points for the ratio."""
    report = graded(STEM, {"translate": "def translate(*args):\n    raise NotImplementedError()"})
    outcomes = [cell.outcome for cell in report.cells]
    assert outcomes == ["failed", "passed", "failed"], report
