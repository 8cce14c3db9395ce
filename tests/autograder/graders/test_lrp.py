"""The grader of LRP, through the sandbox: a correct solution in any dialect gets full marks."""

import pytest

from tests.autograder.conftest import Grade

STEM = "lrp"
# Plain NumPy in float64, straight from the equation; the network runs without compilation. Warns and prints.
NUMPY_DENSE = """
    def lrp_dense(activation, kernel, bias, relevance, *, alpha=1.0, beta=0.0):
        import sys, warnings
        warnings.warn("this is only a warning")
        print("noise on stderr", file=sys.stderr)
        a, w, R = (np.asarray(v, dtype=np.float64) for v in (activation, kernel, relevance))
        b = np.zeros(w.shape[1]) if bias is None else np.asarray(bias, dtype=np.float64)
        result = np.zeros_like(a)
        for n in range(len(a)):
            contribution = a[n][:, None] * w
            for weight, part in ((alpha, np.maximum), (-beta, np.minimum)):
                terms = part(contribution, 0)
                z = terms.sum(axis=0) + part(b, 0)
                share = np.divide(terms, z, out=np.zeros_like(terms), where=z != 0)
                result[n] += weight * share @ R[n]
        return result
    """
OWN_LRP = """
    def lrp(model, x, target, *, alpha=2.0, beta=1.0, pool_rule="winner_take_all"):
        x, target = check_explanation(model, x, target)
        maps = []
        for image, one in zip(x, target):
            steps = steps_of(model)
            values = inputs_of(steps, image[None])
            R = np.zeros(values[-1].shape, dtype=np.float32)
            R[0, int(one)] = values[-1][0, int(one)]
            for step, a in list(zip(steps, values))[::-1]:
                a = a.numpy()
                how = dict(strides=step.strides, padding=step.padding)
                if step.kind == "dense":
                    R = lrp_dense(a, step.kernel, step.bias, R, alpha=alpha, beta=beta)
                elif step.kind == "conv":
                    R = lrp_conv(a, step.kernel, step.bias, R, alpha=alpha, beta=beta, **how)
                elif step.kind in ("max_pool", "average_pool"):
                    rule = pool_rule if step.kind == "max_pool" else "proportional"
                    R = lrp_pool(a, R, pool_size=step.pool_size, rule=rule, **how)
                elif step.kind == "global_average_pool":
                    total = a.sum(axis=(1, 2), keepdims=True)
                    R = np.where(total > 0, a / np.where(total > 0, total, 1), 0) * np.asarray(R)[:, None, None]
                elif step.kind == "flatten":
                    R = np.reshape(R, a.shape)
            maps.append(np.asarray(R)[0])
        return np.stack(maps)
    """
# Four products of positive and negative parts instead of a concatenation; transposition by the tape; compiled.
TAPE_CONV = """
    @tf.function
    def shares(a, w, s, strides, padding):
        with tf.GradientTape() as tape:
            tape.watch(a)
            z = tf.nn.conv2d(a, w, strides, padding)
        return a * tape.gradient(z, a, output_gradients=s)

    def lrp_conv(activation, kernel, bias, relevance, *, strides=1, padding="same", alpha=1.0, beta=0.0):
        a, w, R = (tf.cast(v, tf.float32) for v in (activation, kernel, relevance))
        padding = padding.upper()
        b = tf.zeros(w.shape[-1:]) if bias is None else tf.cast(bias, tf.float32)
        a_p, a_n, w_p, w_n = tf.nn.relu(a), -tf.nn.relu(-a), tf.nn.relu(w), -tf.nn.relu(-w)
        result = 0.0
        for weight, pairs, rest in (
            (alpha, [(a_p, w_p), (a_n, w_n)], tf.nn.relu(b)),
            (-beta, [(a_p, w_n), (a_n, w_p)], -tf.nn.relu(-b)),
        ):
            z = sum(tf.nn.conv2d(one, other, strides, padding) for one, other in pairs) + rest
            s = tf.math.divide_no_nan(R, z)
            result += weight * sum(shares(one, other, s, strides, padding) for one, other in pairs)
        return result
    """
# One Jacobian of the pooling per call instead of a gradient with the relevance handed in.
POOL_BY_WINDOWS = """
    def lrp_pool(activation, relevance, *, pool_size=2, strides=None, padding="valid", rule="winner_take_all"):
        a, R = np.asarray(activation, np.float64), np.asarray(relevance, np.float64)
        high, wide = (pool_size, pool_size) if np.ndim(pool_size) == 0 else pool_size
        strides = (high, wide) if strides is None else strides
        down, right = (strides, strides) if np.ndim(strides) == 0 else strides
        up = left = 0
        if padding.lower() == "same":
            up = max((R.shape[1] - 1) * down + high - a.shape[1], 0) // 2
            left = max((R.shape[2] - 1) * right + wide - a.shape[2], 0) // 2
        result = np.zeros_like(a)
        for n, i, j, k in np.ndindex(R.shape):
            top, side = i * down - up, j * right - left
            window = (n, slice(max(top, 0), top + high), slice(max(side, 0), side + wide), k)
            values = a[window]
            if rule == "proportional":
                total = values.sum()
                result[window] += values / total * R[n, i, j, k] if total else 0
            else:
                share = np.zeros(values.size)
                share[values.argmax()] = R[n, i, j, k]
                result[window] += share.reshape(values.shape)
        return result
    """
DIALECTS = {
    "numpy, float64, image by image": {"lrp_dense": NUMPY_DENSE, "lrp": OWN_LRP},
    "convolution by tape": {"lrp_conv": TAPE_CONV, "lrp": OWN_LRP},
    "pooling window by window": {"lrp_pool": POOL_BY_WINDOWS, "lrp": OWN_LRP},
}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_correct_solution_in_any_dialect_gets_full_marks(dialect: str, graded: Grade) -> None:
    report = graded(STEM, DIALECTS[dialect])
    assert report.score == 10, report


@pytest.mark.slow
def test_parts_are_graded_one_by_one(graded: Grade) -> None:
    """Whoever cannot do pooling keeps the points for the layers above it in the notebook."""
    blank = "def lrp_pool(*args, **kwargs):\n    raise NotImplementedError()"
    report = graded(STEM, {"lrp_pool": blank})
    outcomes = {cell.cell: cell.outcome for cell in report.cells}
    assert outcomes == {"lrp_dense": "passed", "lrp_conv": "passed", "lrp_pool": "failed", "lrp": "failed"}, report


@pytest.mark.slow
def test_a_division_by_zero_is_named(graded: Grade) -> None:
    source = """
        def lrp_dense(activation, kernel, bias, relevance, *, alpha=1.0, beta=0.0):
            a, w, b, R = check_dense(activation, kernel, bias, relevance)
            contributions = a[:, :, None] * w
            result = tf.zeros_like(a)
            for weight, part_of in ((alpha, tf.maximum), (-beta, tf.minimum)):
                terms = part_of(contributions, 0.0)
                share = terms / (tf.reduce_sum(terms, axis=1) + part_of(b, 0.0))[:, None]
                result += weight * tf.reduce_sum(share * R[:, None], axis=2)
            return to_array(result)
        """
    report = graded(STEM, {"lrp_dense": source})
    dense = next(cell for cell in report.cells if cell.cell == "lrp_dense")
    assert dense.outcome == "failed"
    assert "division by zero" in dense.message
