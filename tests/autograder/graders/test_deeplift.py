"""The grader of DeepLIFT, through the sandbox: a correct solution in any dialect gets full marks."""

import textwrap

import pytest

from autograder import assembly, specimens
from autograder.engine import Engine
from autograder.grading.misconceptions import Misconception
from autograder.misconceptions import deeplift as mistakes
from tests.autograder.conftest import Grade

STEM = "deeplift"
# Both functions at once: one that works with arrays cannot be a part of a method that compiles.
EAGER = """
    def deeplift(model, x, target, *, reference=0.0):
        x, target = check_explanation(model, x, target)
        reference = tf.broadcast_to(spread("reference", reference, x), x.shape)
        steps = steps_of(model)
        values, values_reference = inputs_of(steps, x), inputs_of(steps, reference)
        m = tf.one_hot(target, values[-1].shape[1])
        for n in range(len(steps) - 1, -1, -1):
            step, a, a_reference = steps[n], values[n], values_reference[n]
            if step.kind == "relu":
                m = m * rescale_multiplier(a, a_reference)
            elif step.kind == "max_pool":
                change = values[n + 1] - values_reference[n + 1]
                rise = step.backward(a, m * tf.maximum(change, 0))
                fall = step.backward(a_reference, m * tf.minimum(change, 0))
                same = tf.abs(a - a_reference) < 1e-7
                quotient = (rise + fall) / tf.where(same, 1.0, a - a_reference)
                m = tf.where(same, step.backward(a, m), quotient)
            else:
                m = step.backward(a, m)
        return (m * (x - reference)).numpy()
    """
NUMPY_MULTIPLIER = """
    def rescale_multiplier(pre, pre_reference):
        import sys, warnings
        warnings.warn("only a warning")
        print("noise on stderr", file=sys.stderr)
        pre = np.asarray(pre, dtype=np.float64)
        pre_reference = np.broadcast_to(np.asarray(pre_reference, dtype=np.float64), pre.shape)
        change = pre - pre_reference
        same = np.abs(change) < 1e-7
        with np.errstate(all="ignore"):
            slope = (np.maximum(pre, 0) - np.maximum(pre_reference, 0)) / change
        return np.where(same, (pre > 0).astype(float), slope).astype(np.float32)
    """
BY_CASES = """
    def rescale_multiplier(pre, pre_reference):
        pre = tf.cast(pre, tf.float32)
        pre_reference = tf.zeros_like(pre) + tf.cast(pre_reference, tf.float32)
        one_side = tf.cast(pre > 0, tf.float32)
        switched = (pre > 0) != (pre_reference > 0)
        high, low = tf.maximum(pre, pre_reference), tf.minimum(pre, pre_reference)
        safe = tf.where(switched, high - low, 1.0)
        return tf.where(switched & (high - low >= 1e-7), high / safe, one_side)
    """
LOOP = """
    def deeplift(model, x, target, *, reference=0.0):
        x = np.asarray(x, dtype=np.float32)
        references = np.array(np.broadcast_to(reference, x.shape), dtype=np.float32)
        targets = np.broadcast_to(target, (len(x),))
        results = []
        for image, other, one in zip(x, references, targets):
            steps = steps_of(model)
            pair = inputs_of(steps, tf.constant(np.stack([image, other])))
            m = np.zeros((1, pair[-1].shape[1]), np.float32)
            m[0, int(one)] = 1
            m = tf.constant(m)
            for step, both in reversed(list(zip(steps, pair))):
                a, b = both[:1], both[1:]
                if step.kind == "relu":
                    m = m * rescale_multiplier(a, b)
                elif step.kind == "max_pool":
                    ya, yb = step.forward(a), step.forward(b)
                    top = tf.maximum(ya, yb)
                    given = step.backward(a, (top - yb) * m) + step.backward(b, (ya - top) * m)
                    near = abs(a - b) < 1e-7
                    m = tf.where(near, step.backward(a, m), given / tf.where(near, tf.ones_like(a), a - b))
                else:
                    m = step.backward(b, m)
            results.append(m.numpy()[0] * (image - other).astype(np.float64))
        return np.stack(results)
    """
AS_ONE_GRADIENT = """
    def deeplift(model, x, target, *, reference=0.0):
        x, target = check_explanation(model, x, target)
        reference = tf.broadcast_to(spread("reference", reference, x), x.shape)

        @tf.custom_gradient
        def relu(both):
            a, b = tf.split(both, 2)
            m = rescale_multiplier(a, b)
            return tf.nn.relu(both), lambda up: tf.concat([m, m], 0) * up

        def max_pool(step):
            @tf.custom_gradient
            def pool(both):
                a, b = tf.split(both, 2)
                y, y_reference = step.forward(a), step.forward(b)

                def back(up):
                    m = tf.split(up, 2)[0]
                    top = tf.maximum(y, y_reference)
                    given = step.backward(a, m * (top - y_reference)) + step.backward(b, m * (y - top))
                    m = tf.where(tf.abs(a - b) < 1e-7, step.backward(a, m), tf.math.divide_no_nan(given, a - b))
                    return tf.concat([m, m], 0)

                return tf.concat([y, y_reference], 0), back
            return pool

        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.concat([x, reference], 0)
            for step in steps_of(model):
                forward = {"relu": relu, "max_pool": max_pool(step)}.get(step.kind, step.forward)
                value = forward(value)
            logit = tf.gather(value[: len(x)], target, batch_dims=1)
        return tape.gradient(logit, x) * (x - reference)
    """
DIALECTS = {
    "numpy multiplier, eager, rises and falls": {"rescale_multiplier": NUMPY_MULTIPLIER, "deeplift": EAGER},
    "multiplier by cases, in the compiled reference": {"rescale_multiplier": BY_CASES},
    "multiplier by cases, loop over images, float64": {"rescale_multiplier": BY_CASES, "deeplift": LOOP},
    "custom gradients on one tape, returns a tensor": {"deeplift": AS_ONE_GRADIENT},
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_the_method_stands_without_the_multiplier_of_part_1(graded: Grade) -> None:
    """A learner who writes the rescale rule once more, inside, has implemented DeepLIFT."""
    signature, *body = textwrap.dedent(EAGER).strip().splitlines()
    inside = [f"    {line}" for line in textwrap.dedent(BY_CASES).strip().splitlines()]
    unsolved = "def rescale_multiplier(pre, pre_reference):\n    raise NotImplementedError()"
    answers = {"rescale_multiplier": unsolved, "deeplift": "\n".join([signature, *inside, *body])}
    report = graded(STEM, answers)
    assert [cell.outcome for cell in report.cells] == ["failed", "passed", "passed", "passed"], report


@pytest.mark.slow
def test_a_method_without_max_pooling_earns_the_parts_without_it(graded: Grade) -> None:
    """A learner who has not reached part 3 raises there, and keeps what part 2 is worth."""
    start = EAGER.index("                change =")
    end = EAGER.index("            else:\n                m = step.backward")
    refusing = EAGER[:start] + "                raise NotImplementedError()\n" + EAGER[end:]
    report = graded(STEM, {"deeplift": refusing})
    assert [cell.outcome for cell in report.cells] == ["passed", "passed", "failed", "failed"], report


@pytest.mark.slow
@pytest.mark.parametrize(
    "mistake",
    [mistakes.mean_of_two_gradients, mistakes.max_pooling_by_the_gradient, mistakes.start_from_the_value_of_the_logit],
    ids=lambda m: m.name,
)
def test_a_mistake_in_a_notebook_is_named(mistake: Misconception, engine: Engine) -> None:
    report = engine.grade(assembly.to_text(specimens.mistaken(STEM, mistake)).encode(), STEM)
    lost = {cell.cell: cell.misconception for cell in report.cells if cell.outcome == "failed"}
    assert lost == dict.fromkeys(mistake.loses, mistake.name), report
