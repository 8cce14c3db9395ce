"""The grader of simple Taylor decomposition, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from autograder import assembly, specimens
from autograder.engine import Engine
from autograder.grading.misconceptions import Misconception
from autograder.misconceptions import simple_taylor_decomposition as mistakes
from tests.autograder.conftest import Grade

STEM = "simple_taylor_decomposition"
AROUND_A_ROOT = {
    "loop over the images": """
        def taylor_decomposition(model, x, target, *, root):
            roots = np.zeros_like(x) + root
            targets = np.zeros(len(x), dtype=int) + target
            terms = []
            for image, start, one in zip(x, roots, targets):
                slopes = logit_gradient(model, start[None], int(one))[0]
                terms.append(slopes * (image - start))
            return np.array(terms)
        """,
    "tensors, gathers with nd, returns a tensor": """
        @tf.function
        def slopes(model, point, rows):
            with tf.GradientTape() as tape:
                tape.watch(point)
                logit = tf.gather_nd(model(point), rows)
            return tape.gradient(logit, point)

        def taylor_decomposition(model, x, target, *, root):
            point = tf.zeros_like(x) + tf.cast(root, tf.float32)
            targets = tf.zeros(len(x), tf.int32) + tf.cast(target, tf.int32)
            rows = tf.stack([tf.range(len(x)), targets], axis=1)
            return slopes(model, point, rows) * (x - point)
        """,
    "float64, two products, warns and prints": """
        def taylor_decomposition(model, x, target, *, root):
            import sys, warnings
            warnings.warn("only a warning")
            print("noise on stderr", file=sys.stderr)
            roots = np.broadcast_to(np.asarray(root, dtype=np.float64), x.shape)
            slopes = logit_gradient(model, roots.astype(np.float32), target).astype(np.float64)
            return slopes * x - slopes * roots
        """,
    "with the given helpers": """
        def taylor_decomposition(model, x, target, *, root):
            x, target = check_explanation(model, x, target)
            point = tf.broadcast_to(spread("root", root, x), x.shape)
            return logit_gradient(model, point, target) * (x - point).numpy()
        """,
}
HOMOGENEOUS = {
    "the other way round, in float64": """
        def simple_taylor_decomposition(model, x, target):
            return logit_gradient(model, x, target).astype(np.float64) * x
        """,
    "own tape, returns a tensor": """
        def simple_taylor_decomposition(model, x, target):
            x = tf.constant(x)
            one_hot = tf.one_hot(tf.broadcast_to(target, [len(x)]), model.output_shape[-1])
            with tf.GradientTape() as tape:
                tape.watch(x)
                total = tf.reduce_sum(model(x) * one_hot)
            return tf.multiply(tape.gradient(total, x), x)
        """,
    "derivative by the brightness of each pixel": """
        def simple_taylor_decomposition(model, x, target):
            targets = np.broadcast_to(target, len(x))
            brightness = tf.ones_like(x)
            with tf.GradientTape() as tape:
                tape.watch(brightness)
                logits = model(brightness * x)
            jacobian = tape.batch_jacobian(logits, brightness).numpy()
            return jacobian[np.arange(len(x)), targets]
        """,
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", AROUND_A_ROOT)
def test_terms_around_a_root_in_any_dialect_get_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, {"taylor_decomposition": AROUND_A_ROOT[dialect]})
    assert report.score == 10, report


@pytest.mark.slow
@pytest.mark.parametrize("dialect", HOMOGENEOUS)
def test_simple_taylor_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, {"simple_taylor_decomposition": HOMOGENEOUS[dialect]})
    assert report.score == 10, report


@pytest.mark.slow
def test_the_second_part_stands_without_the_first(graded: Grade) -> None:
    unsolved = "def taylor_decomposition(model, x, target, *, root):\n    raise NotImplementedError()"
    report = graded(STEM, {"taylor_decomposition": unsolved})
    assert [cell.outcome for cell in report.cells] == ["failed", "passed", "passed"], report


@pytest.mark.slow
@pytest.mark.parametrize(
    "mistake", [mistakes.gradient_at_the_image, mistakes.root_at_the_black_image], ids=lambda m: m.name
)
def test_a_mistake_in_a_notebook_is_named(mistake: Misconception, engine: Engine) -> None:
    report = engine.grade(assembly.to_text(specimens.mistaken(STEM, mistake)).encode(), STEM)
    lost = {cell.cell: cell.misconception for cell in report.cells if cell.outcome == "failed"}
    assert lost == dict.fromkeys(mistake.loses, mistake.name), report
