import keras
import numpy as np
import pytest
from hypothesis import given, settings

from solutions.deep_taylor_decomposition import deep_taylor_decomposition, z_box, z_box_conv, z_plus, z_plus_conv
from solutions.lrp import lrp, lrp_conv, lrp_dense
from tests.solutions import slow_rules
from tests.solutions.random_networks import drawn_networks
from tests.solutions.small_networks import (
    DIGIT_NETWORKS,
    MAKERS,
    images_for,
    largest_miss,
    relative_gap,
    slowly,
    small_network,
)
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError, UnsupportedLayerError


def slow_between(low, high):
    return lambda layers, weights, image, target: slow_rules.deep_taylor(
        layers, weights, image, target, low=low, high=high
    )


@pytest.mark.parametrize("name", MAKERS)
def test_small_networks_agree_with_the_equation(name):
    model = small_network(name)
    for x, low, high in ((images_for(model), 0.0, 1.0), (images_for(model) - 0.5, -1.0, 0.75)):
        target = model(x).numpy().argmax(axis=1)
        relevance = deep_taylor_decomposition(model, x, target, low=low, high=high)
        assert largest_miss(relevance, slowly(slow_between(low, high), model, x, target)).max() < 1e-5
        assert (relevance >= 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", DIGIT_NETWORKS)
def test_trained_networks_agree_with_the_equation(name):
    model, digits = networks.load(name), data.mnist()
    x, target = digits.x_test[:3], digits.y_test[:3]
    slow = slowly(slow_rules.deep_taylor, model, x, target)
    assert largest_miss(deep_taylor_decomposition(model, x, target), slow).max() < 1e-4


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(drawn_networks(bias=False))
def test_any_network_without_biases_conserves(drawn):
    model, x = drawn.build(), drawn.images(low=-0.5, high=0.75)
    logits = model(x).numpy()
    relevance = deep_taylor_decomposition(model, x, logits.argmax(axis=1), low=-0.5, high=0.75)
    assert relative_gap(relevance, np.maximum(logits.max(axis=1), 0), at_least=0.1).max() < 1e-5


def test_the_trained_network_without_biases_conserves():
    model, digits = networks.load("mnist_cnn_bias_free"), data.mnist()
    x, target = digits.x_test[:20], digits.y_test[:20]
    relevance = deep_taylor_decomposition(model, x, target)
    value = model(x).numpy()[np.arange(20), target]
    assert (relevance >= 0).all()
    assert relative_gap(relevance, np.maximum(value, 0)).max() < 1e-5


def test_a_logit_that_is_not_positive_has_no_relevance():
    model = small_network("dense")
    x = images_for(model, 20)
    lowest = model(x).numpy().argmin(axis=1)
    assert (model(x).numpy().min(axis=1) < 0).all()
    assert not deep_taylor_decomposition(model, x, lowest).any()


def test_z_plus_by_hand():
    # Contributions (2, 6, -5): only the first two count.
    np.testing.assert_allclose(z_plus([[1.0, 2.0, 5.0]], [[2.0], [3.0], [-1.0]], [[4.0]]), [[1, 3, 0]])
    # Of either sign: (-1)(-3) = 3 excites the neuron as 2 · 1 = 2 does.
    np.testing.assert_allclose(z_plus([[-1.0, 2.0]], [[-3.0], [1.0]], [[5.0]]), [[3, 2]])


def test_z_box_by_hand():
    # (x - l) w⁺ + (x - h) w⁻ = (0.5 · 2, -0.75 · -4) = (1, 3)
    np.testing.assert_allclose(z_box([[0.5, 0.25]], [[2.0], [-4.0]], [[8.0]]), [[2, 6]])
    # Bounds (-0.5, 0) and (1, 0.5): (1 · 2, -0.25 · -4) = (2, 1)
    bounds = {"low": [-0.5, 0.0], "high": [1.0, 0.5]}
    np.testing.assert_allclose(z_box([[0.5, 0.25]], [[2.0], [-4.0]], [[9.0]], **bounds), [[6, 3]])


def test_z_plus_is_alpha_1_beta_0_without_bias():
    rng = np.random.default_rng(0)
    a, w, R = rng.standard_normal((2, 6, 7, 3)), rng.standard_normal((3, 2, 3, 4)), rng.random((2, 3, 4, 4))
    where = {"strides": 2, "padding": "same"}
    np.testing.assert_allclose(z_plus_conv(a, w, R, **where), lrp_conv(a, w, None, R, **where), rtol=1e-5)
    flat, kernel, R = a.reshape(2, -1), rng.standard_normal((126, 5)), rng.random((2, 5))
    np.testing.assert_allclose(z_plus(flat, kernel, R), lrp_dense(flat, kernel, None, R), rtol=1e-5)


def test_a_box_from_zero_with_positive_weights_is_z_plus():
    rng = np.random.default_rng(0)
    x, w, R = rng.random((2, 6)), rng.random((6, 3)), rng.random((2, 3))
    np.testing.assert_allclose(z_box(x, w, R), z_plus(x, w, R), rtol=1e-5)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_convolution_is_a_dense_layer_where_it_sees_all(padding):
    rng = np.random.default_rng(0)
    x, w, R = rng.random((2, 3, 3, 2)), rng.standard_normal((3, 3, 2, 4)), rng.random((2, 1, 1, 4))
    bounds, where = {"low": -1.0, "high": 2.0}, {"strides": 3, "padding": padding}
    dense = z_box(x.reshape(2, -1), w.reshape(-1, 4), R.reshape(2, 4), **bounds)
    np.testing.assert_allclose(z_box_conv(x, w, R, **bounds, **where).reshape(2, -1), dense, rtol=1e-4)


def test_padding_is_no_pixel():
    # A 1 x 1 image under a 3 x 3 kernel: only the middle weight counts, whatever the bounds.
    kernel = np.array([[9.0, -9.0, 9.0], [-9.0, 2.0, -9.0], [9.0, -9.0, 9.0]]).reshape(3, 3, 1, 1)
    relevance = z_box_conv(np.full((1, 1, 1, 1), 0.5), kernel, np.full((1, 1, 1, 1), 7.0), low=-1.0, high=3.0)
    np.testing.assert_allclose(relevance.ravel(), [7])


def test_nothing_to_share_is_dropped_without_nan():
    assert z_plus(np.zeros((1, 2)), np.ones((2, 1)), np.ones((1, 1))).tolist() == [[0, 0]]
    assert z_box(np.zeros((1, 2)), np.ones((2, 1)), np.ones((1, 1))).tolist() == [[0, 0]]
    assert z_box(np.ones((1, 2)), -np.ones((2, 1)), np.ones((1, 1))).tolist() == [[0, 0]]


def test_biases_take_no_share():
    model = small_network("overlapping_max")
    x = images_for(model)
    target = model(x).numpy().argmax(axis=1)
    value = model(x).numpy().max(axis=1)
    assert relative_gap(deep_taylor_decomposition(model, x, target), value).max() < 1e-5
    assert relative_gap(lrp(model, x, target, alpha=1.0, beta=0.0, pool_rule="proportional"), value).max() > 1e-3


def test_bounds_may_differ_from_pixel_to_pixel_and_from_image_to_image():
    model = small_network("average_and_global")
    x = images_for(model)
    target = model(x).numpy().argmax(axis=1)
    low, high = np.array([-1.0, 0.0, -0.5]), images_for(model, seed=1) + 1
    relevance = deep_taylor_decomposition(model, x, target, low=low, high=high)
    slow = [slowly(slow_between(low, high[i]), model, x[i : i + 1], target[i])[0] for i in range(3)]
    assert largest_miss(relevance, slow).max() < 1e-5


def test_bounds_go_through_what_stands_before_the_first_weights():
    average, conv = keras.layers.AveragePooling2D(2), keras.layers.Conv2D(4, 3, activation="relu", use_bias=False)
    rest = [keras.layers.Flatten(), keras.layers.Dense(3, use_bias=False)]
    model = keras.Sequential([keras.Input((8, 8, 1)), average, conv, *rest])
    x = np.random.default_rng(0).random((3, 8, 8, 1)).astype(np.float32)
    target, value = model(x).numpy().argmax(axis=1), model(x).numpy().max(axis=1)
    low = np.linspace(-1, 0, 64).reshape(8, 8, 1)
    relevance = deep_taylor_decomposition(model, x, target, low=low)
    assert relative_gap(relevance, np.maximum(value, 0)).max() < 1e-5


@pytest.mark.parametrize(("low", "high"), [(1.0, 0.0), (np.nan, 1.0), (0.0, np.zeros((7, 7, 3)))])
def test_bounds_that_are_none_are_refused(low, high):
    model = small_network("average_and_global")
    with pytest.raises(ArgumentError, match=r"low|high"):
        deep_taylor_decomposition(model, images_for(model), 0, low=low, high=high)
    if np.ndim(high) == 0:
        with pytest.raises(ArgumentError, match=r"low|high"):
            z_box(np.ones((1, 2)), np.ones((2, 1)), np.ones((1, 1)), low=low, high=high)


def test_a_layer_without_a_rule_is_named():
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2, "tanh", name="t")])
    with pytest.raises(UnsupportedLayerError, match=r"'t'.*tanh"):
        deep_taylor_decomposition(model, np.zeros((1, 4, 4, 1)), 0)
