import numpy as np
import pytest

from solutions.explanation_selectivity import explanation_selectivity, flip_curve
from solutions.lrp import lrp
from tests.solutions.small_networks import images_for, small_network
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError

RNG = np.random.default_rng(0)


def slow_curve(model, x, relevance, target, *, patch_size, value=0.0):
    """One image after another, one patch after another; the first largest patch that is left goes next."""
    curves = []
    for image, r, t in zip(x, relevance, np.broadcast_to(target, len(x)), strict=True):
        left = {
            (i, j): r[i : i + patch_size, j : j + patch_size].astype(np.float64).sum()
            for i in range(0, image.shape[0], patch_size)
            for j in range(0, image.shape[1], patch_size)
        }
        seen = [image.copy()]
        filled = np.broadcast_to(value, image.shape)
        while left:
            i, j = max(left, key=left.get)
            del left[i, j]
            place = np.s_[i : i + patch_size, j : j + patch_size]
            seen.append(seen[-1].copy())
            seen[-1][place] = filled[place]
        curves.append(model(np.stack(seen)).numpy()[:, t])
    return np.array(curves)


@pytest.mark.parametrize("name", ["strided_same", "average_and_global"])
@pytest.mark.parametrize("patch_size", [1, 2])
def test_small_networks_agree_with_a_loop(name, patch_size):
    model = small_network(name)
    x = images_for(model)
    value = RNG.random(x.shape[1:]).astype(np.float32)
    relevance = RNG.standard_normal(x.shape).astype(np.float32)
    for fill in (0.0, 0.5, value):
        result = flip_curve(model, x, relevance, [0, 2, 1], patch_size=patch_size, value=fill)
        assert result.dtype == np.float32
        slow = slow_curve(model, x, relevance, [0, 2, 1], patch_size=patch_size, value=fill)
        np.testing.assert_allclose(result, slow, atol=1e-5)


def test_the_trained_network_agrees_with_a_loop():
    model, digits = networks.load("mnist_cnn"), data.mnist()
    x, target = digits.x_test[:3], digits.y_test[:3]
    relevance = lrp(model, x, target)
    slow = slow_curve(model, x, relevance, target, patch_size=4)
    result = flip_curve(model, x, relevance, target)
    assert result.shape == (3, 50)
    np.testing.assert_allclose(result, slow, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(flip_curve(model, x, relevance, target, num_steps=7), result[:, :8], atol=1e-5)


def sum_of_pixels(size=4):
    layers = [{"type": "Input", "shape": [size, size, 1]}, {"type": "Flatten"}, {"type": "Dense", "units": 1}]
    return networks.build(layers, [np.ones((size * size, 1)), [0.0]])


def test_a_curve_by_hand():
    x = np.kron([[1.0, 2.0], [3.0, 4.0]], np.ones((2, 2))).reshape(1, 4, 4, 1)  # patches that sum to 4, 8, 12, 16
    relevance = np.zeros((1, 4, 4))
    relevance[0, 0, 0], relevance[0, 2, 2], relevance[0, 2, 1] = 5, 3, -1  # removed: 4, 16, 8, 12
    curve = flip_curve(sum_of_pixels(), x, relevance, 0, patch_size=2)
    assert curve.tolist() == [[40, 36, 20, 12, 0]]
    np.testing.assert_allclose(explanation_selectivity(curve), [(38 + 28 + 16 + 6) / 4])


def test_ties_go_by_position():
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    curve = flip_curve(sum_of_pixels(), x, np.zeros((1, 4, 4)), 0, patch_size=2)
    assert curve.tolist() == [[120, 110, 92, 50, 0]]  # upper left, upper right, lower left, lower right


def test_channels_are_summed():
    model = small_network("average_and_global")
    x = images_for(model)
    relevance = RNG.standard_normal(x.shape)
    np.testing.assert_array_equal(
        flip_curve(model, x, relevance, 1, patch_size=2), flip_curve(model, x, relevance.sum(axis=3), 1, patch_size=2)
    )


def test_an_image_does_not_depend_on_its_batch_and_is_not_changed():
    model = small_network("strided_same")
    x, relevance = images_for(model), RNG.standard_normal((3, 10, 8))
    before = x.copy()
    together = flip_curve(model, x, relevance, [0, 1, 2], patch_size=2)
    alone = [flip_curve(model, x[i : i + 1], relevance[i : i + 1], i, patch_size=2)[0] for i in range(3)]
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_array_equal(x, before)


def test_an_explanation_selects_better_than_its_opposite():
    model, digits = networks.load("mnist_cnn"), data.mnist()
    x, target = digits.x_test[:100], digits.y_test[:100]
    relevance = lrp(model, x, target)
    areas = [explanation_selectivity(flip_curve(model, x, sign * relevance, target)) for sign in (1, -1)]
    assert np.mean(areas[0] < areas[1]) > 0.95


def test_areas_agree_with_integrals():
    curves = RNG.standard_normal((5, 8)).astype(np.float32)
    areas = explanation_selectivity(curves)
    assert (areas.shape, areas.dtype) == ((5,), np.float32)
    slow = [sum((c[k] + c[k + 1]) / 2 * (1 / 7) for k in range(7)) for c in curves.astype(np.float64)]
    np.testing.assert_allclose(areas, slow, atol=1e-6)
    np.testing.assert_allclose(explanation_selectivity([[3.0, 3.0, 3.0]]), [3])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patch_size": 3}, "patch_size 3 does not divide 4 and 4"),
        ({"patch_size": 0}, "patch_size is 0"),
        ({"num_steps": 0}, "num_steps is 0; expected a whole number from 1 to 4"),
        ({"num_steps": 5}, "num_steps is 5"),
        ({"relevance": np.zeros((1, 4, 4, 2))}, r"relevance has shape \(1, 4, 4, 2\); expected that of x"),
        ({"relevance": np.zeros((2, 4, 4))}, "relevance has shape"),
        ({"relevance": np.full((1, 4, 4), np.inf)}, "relevance has values that are NaN or infinite"),
        ({"value": np.zeros(3)}, "value has shape"),
        ({"target": 1}, "target 1 is out of range"),
        ({"x": np.full((1, 4, 4, 1), np.nan)}, "x has 16 values"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, dict) else "",
)
def test_what_makes_no_sense_is_refused(changes, message):
    arguments = {"x": np.zeros((1, 4, 4, 1)), "relevance": np.zeros((1, 4, 4)), "target": 0, "patch_size": 2}
    with pytest.raises(ArgumentError, match=message):
        flip_curve(sum_of_pixels(), **(arguments | changes))


def test_vectors_have_no_patches():
    model = networks.build([{"type": "Input", "shape": [4]}, {"type": "Dense", "units": 1}], [np.ones((4, 1)), [0.0]])
    with pytest.raises(ArgumentError, match="expected images"):
        flip_curve(model, np.zeros((1, 4)), np.zeros((1, 4, 1)), 0)


def test_a_curve_without_a_step_has_no_area():
    for curve in (np.zeros((3, 1)), np.zeros(4)):
        with pytest.raises(ArgumentError, match="curve has shape"):
            explanation_selectivity(curve)
