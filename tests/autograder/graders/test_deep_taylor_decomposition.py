"""The grader of deep Taylor decomposition, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "deep_taylor_decomposition"
EAGER = """
    def deep_taylor_decomposition(model, x, target, *, low=0.0, high=1.0):
        steps = steps_of(model)
        x, target = check_explanation(model, x, target)
        *inputs, logits = inputs_of(steps, x)
        R = np.maximum(logits, 0) * np.eye(logits.shape[1], dtype="float32")[target]
        weighted = [n for n, step in enumerate(steps) if step.kernel is not None]
        for n in reversed(range(len(steps))):
            step, a = steps[n], inputs[n].numpy()
            R = np.asarray(R)
            if step.kind == "dense" and n == weighted[0]:
                bounds = [np.broadcast_to(b, x.shape).reshape(a.shape).astype("float32") for b in (low, high)]
                R = z_box(a, step.kernel.numpy(), R, low=bounds[0], high=bounds[1])
            elif step.kind == "dense":
                R = z_plus(a, step.kernel.numpy(), R)
            elif step.kind == "conv":
                rule, box = (z_box_conv, {"low": low, "high": high}) if n == weighted[0] else (z_plus_conv, {})
                R = rule(a, step.kernel.numpy(), R, strides=step.strides, padding=step.padding, **box)
            elif step.kind in ("max_pool", "average_pool"):
                window = {"pool_size": step.pool_size, "strides": step.strides, "padding": step.padding}
                R = lrp_pool(a, R, **window, rule="proportional")
            elif step.kind == "global_average_pool":
                total = a.sum(axis=(1, 2), keepdims=True)
                R = a * np.divide(R[:, None, None], total, out=np.zeros_like(total), where=total != 0)
            elif step.kind == "flatten":
                R = R.reshape(a.shape)
        return R
    """
NUMPY = {
    "z_plus": """
        def z_plus(activation, kernel, relevance):
            import warnings, sys
            warnings.warn("this is only a warning")
            print("noise on stderr", file=sys.stderr)
            a, w, R = (np.asarray(v, dtype=np.float64) for v in (activation, kernel, relevance))
            contributions = np.maximum(a[:, :, None] * w, 0)
            total = contributions.sum(axis=1, keepdims=True)
            return (contributions / np.where(total == 0, 1, total) * R[:, None, :]).sum(axis=2)
        """,
    "z_box": """
        def z_box(x, kernel, relevance, *, low=0.0, high=1.0):
            x, w, R = (np.asarray(v, dtype=np.float64) for v in (x, kernel, relevance))
            low, high = np.broadcast_to(low, x.shape)[..., None], np.broadcast_to(high, x.shape)[..., None]
            numerator = x[:, :, None] * w - low * np.maximum(w, 0) - high * np.minimum(w, 0)
            total = numerator.sum(axis=1, keepdims=True)
            return np.einsum("nio,no->ni", numerator / np.where(total == 0, 1, total), R)
        """,
    "z_plus_conv": """
        def by_places(a, kernel, relevance, strides, padding, rule):
            # Each place of the filter is a small dense layer on the patch that it sees.
            (rows, columns), (down, right) = kernel.shape[:2], np.broadcast_to(strides, 2)
            N, H, W, C = a.shape
            _, h, w, filters = relevance.shape
            top = left = bottom = end = 0
            if padding == "same":
                extra = max((h - 1) * down + rows - H, 0)
                top, bottom = extra // 2, extra - extra // 2
                extra = max((w - 1) * right + columns - W, 0)
                left, end = extra // 2, extra - extra // 2
            wide = np.pad(np.asarray(a, np.float64), ((0, 0), (top, bottom), (left, end), (0, 0)))
            R = np.zeros_like(wide)
            flat = np.asarray(kernel).reshape(-1, filters)
            for i in range(h):
                for j in range(w):
                    place = np.s_[:, i * down:i * down + rows, j * right:j * right + columns]
                    patch = wide[place].reshape(N, -1)
                    R[place] += rule(patch, flat, relevance[:, i, j], place).reshape(N, rows, columns, C)
            return R[:, top:top + H, left:left + W]

        def z_plus_conv(activation, kernel, relevance, *, strides=1, padding="same"):
            return by_places(activation, kernel, relevance, strides, padding, lambda a, w, R, _: z_plus(a, w, R))

        def z_box_conv(x, kernel, relevance, *, low=0.0, high=1.0, strides=1, padding="same"):
            # The bounds come to the same places as the pixels, with 0 in the padding.
            patches = {}
            for name, bound in (("low", low), ("high", high)):
                pick = lambda a, w, R, place, name=name: patches.setdefault((name, str(place)), a)
                by_places(np.broadcast_to(bound, x.shape), kernel, relevance, strides, padding, pick)
            def rule(a, w, R, place):
                return z_box(a, w, R, low=patches["low", str(place)], high=patches["high", str(place)])
            return by_places(x, kernel, relevance, strides, padding, rule)
        """,
    "deep_taylor_decomposition": EAGER,
}
TAPE = {
    "z_plus_conv": """
        def transposed(a, w, s, strides, padding):
            a = tf.convert_to_tensor(a, tf.float32)
            with tf.GradientTape() as tape:
                tape.watch(a)
                z = tf.nn.conv2d(a, w, strides, padding.upper())
            return tape.gradient(z, a, output_gradients=s)

        def z_plus_conv(activation, kernel, relevance, *, strides=1, padding="same"):
            a = tf.convert_to_tensor(activation)
            parts = [(tf.nn.relu(a), tf.nn.relu(kernel)), (-tf.nn.relu(-a), -tf.nn.relu(-kernel))]
            z = tf.add_n([tf.nn.conv2d(part, w, strides, padding.upper()) for part, w in parts])
            s = tf.math.divide_no_nan(relevance, z)
            return tf.add_n([part * transposed(part, w, s, strides, padding) for part, w in parts])

        def z_box_conv(x, kernel, relevance, *, low=0.0, high=1.0, strides=1, padding="same"):
            x = tf.convert_to_tensor(x)
            bounds = [tf.broadcast_to(tf.cast(b, tf.float32), tf.shape(x)) for b in (low, high)]
            parts = [(x, kernel), (-bounds[0], tf.nn.relu(kernel)), (-bounds[1], -tf.nn.relu(-kernel))]
            z = tf.add_n([tf.nn.conv2d(part, w, strides, padding.upper()) for part, w in parts])
            s = relevance / (z + 1e-9)
            return tf.add_n([part * transposed(part, w, s, strides, padding) for part, w in parts])
        """,
    "deep_taylor_decomposition": EAGER,
}
CHANGED_FORM = {
    "z_box": """
        def z_box(x, kernel, relevance, *, low=0.0, high=1.0):
            up, down = tf.nn.relu(kernel), -tf.nn.relu(-kernel)
            l, h = tf.zeros_like(x) + low, tf.zeros_like(x) + high
            s = relevance / stabilized(x @ kernel - l @ up - h @ down)
            return x * (s @ tf.transpose(kernel)) - l * (s @ tf.transpose(up)) - h * (s @ tf.transpose(down))
        """,
}
DIALECTS = {
    "numpy in float64, place by place, warns": NUMPY,
    "gradient tapes, returns tensors": TAPE,
    "the equation of the paper, term by term": CHANGED_FORM,
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_denominators_of_zero_cost_the_point_and_say_why(graded: Grade) -> None:
    source = """
        def z_plus(activation, kernel, relevance):
            positive = np.maximum(kernel, 0)
            with np.errstate(all="ignore"):
                return activation * ((relevance / (activation @ positive)) @ positive.T)
        """
    report = graded(STEM, {"z_plus": source, "deep_taylor_decomposition": EAGER})
    first = next(cell for cell in report.cells if cell.cell == "z_plus")
    assert first.outcome == "failed"
    assert "NaN" in first.message


@pytest.mark.slow
def test_a_mistake_in_one_rule_costs_this_rule_and_what_builds_on_it(graded: Grade) -> None:
    source = """
        def z_box(x, kernel, relevance, *, low=0.0, high=1.0):
            return z_plus(x, kernel, relevance)
        """
    report = graded(STEM, {"z_box": source})
    outcomes = {cell.cell: cell.outcome for cell in report.cells}
    assert outcomes == {
        "z_plus": "passed",
        "z_box": "failed",
        "convolutions": "passed",
        "deep_taylor_decomposition": "failed",
    }
