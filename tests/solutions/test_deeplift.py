import keras
import numpy as np
import pytest
from hypothesis import given, settings

from solutions.deeplift import deeplift, rescale_multiplier
from solutions.simple_taylor_decomposition import simple_taylor_decomposition
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


def slow_from(reference):
    return lambda layers, weights, image, target: slow_rules.deeplift(
        layers, weights, image, target, reference=reference
    )


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("reference", ["black", "another image"])
def test_small_networks_agree_with_the_equation(name, reference):
    model = small_network(name)
    other = 0.0 if reference == "black" else images_for(model, 1, seed=1)[0]
    for x in (images_for(model), images_for(model) - 0.5):
        slow = slowly(slow_from(other), model, x, [0, 2, 1])
        assert largest_miss(deeplift(model, x, [0, 2, 1], reference=other), slow).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", DIGIT_NETWORKS)
def test_trained_networks_agree_with_the_equation(name):
    model, digits = networks.load(name), data.mnist()
    x, target = digits.x_test[:3], digits.y_test[:3]
    for reference in (0.0, digits.x_test[10]):
        slow = slowly(slow_from(reference), model, x, target)
        assert largest_miss(deeplift(model, x, target, reference=reference), slow).max() < 1e-4


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(drawn_networks())
def test_contributions_of_any_network_sum_to_the_difference(drawn):
    model, images = drawn.build(), drawn.images(6)
    x, reference = images[:3], images[3:]
    difference = model(x).numpy().astype(np.float64)[:, 1] - model(reference).numpy()[:, 1]
    assert relative_gap(deeplift(model, x, 1, reference=reference), difference, at_least=0.1).max() < 1e-5


@pytest.mark.parametrize("name", MAKERS)
def test_contributions_sum_to_the_difference(name):
    model = small_network(name)
    x, reference = images_for(model), images_for(model, seed=1)
    difference = model(x).numpy()[:, 1] - model(reference).numpy()[:, 1]
    assert relative_gap(deeplift(model, x, 1, reference=reference), difference).max() < 1e-5


def test_rescale_by_hand():
    pre, reference = np.array([3.0, 3.0, -1.0, -1.0, 2.0]), np.array([1.0, -1.0, 3.0, -2.0, 0.0])
    np.testing.assert_allclose(rescale_multiplier(pre, reference), [1, 0.75, 0.75, 0, 1])


def test_the_multiplier_of_an_equal_pair_is_the_gradient():
    pre = np.array([2.0, -2.0, 0.0, 3e-8, -3e-8], np.float32)
    reference = np.array([2.0, -2.0, 0.0, -3e-8, 3e-8], np.float32)
    assert rescale_multiplier(pre, reference).tolist() == [1, 0, 0, 1, 0]
    assert rescale_multiplier(np.float32([2e-7]), 0.0).tolist() == [1]
    assert rescale_multiplier(np.float32([1e-7 + 1e-8]), np.float32([-1e-7])).tolist() == pytest.approx(
        [0.523809], 1e-3
    )


def test_multipliers_are_between_0_and_1():
    rng = np.random.default_rng(0)
    multiplier = rescale_multiplier(rng.standard_normal((50, 50)), rng.standard_normal((50, 50)))
    assert multiplier.min() >= 0
    assert multiplier.max() <= 1
    assert multiplier.dtype == np.float32


def test_a_saturated_neuron_still_has_contributions():
    # f(x) = 1 - relu(1 - x1 - x2): at (1, 1) the gradient is 0; from 0 to (1, 1) f rises by 1.
    layers = [{"type": "Input", "shape": [2]}, {"type": "Dense", "units": 1, "activation": "relu"}]
    model = networks.build([*layers, {"type": "Dense", "units": 1}], [[[-1.0], [-1.0]], [1.0], [[-1.0]], [1.0]])
    assert not simple_taylor_decomposition(model, [[1.0, 1.0]], 0).any()
    np.testing.assert_allclose(deeplift(model, [[1.0, 1.0]], 0), [[0.5, 0.5]])


def test_max_pooling_by_the_cross_maximum_rule():
    # f = max(x1, x2): x = (3, 1), x' = (0, 2), so y = 3, y' = 2, M = 3: the first place gets 3 - 2, the second 3 - 3.
    layers = [{"type": "Input", "shape": [1, 2, 1]}, {"type": "MaxPooling2D", "pool_size": [1, 2]}, {"type": "Flatten"}]
    model = networks.build([*layers, {"type": "Dense", "units": 1, "use_bias": False}], [[[1.0]]])
    x, reference = np.array([3.0, 1.0]).reshape(1, 1, 2, 1), np.array([0.0, 2.0]).reshape(1, 2, 1)
    np.testing.assert_allclose(deeplift(model, x, 0, reference=reference).ravel(), [1, 0], atol=1e-7)
    # The other way round: y = 2, y' = 3, M = 3: the place of x's largest gets 0, that of the reference's gets -1.
    back = deeplift(model, reference[np.newaxis], 0, reference=x[0])
    np.testing.assert_allclose(back.ravel(), [-1, 0], atol=1e-7)


def test_without_biases_and_from_black_images_it_is_gradient_times_input():
    model = small_network("bias_free_max")
    x = images_for(model) - 0.3
    assert largest_miss(deeplift(model, x, 1), simple_taylor_decomposition(model, x, 1)).max() < 1e-5


def test_an_image_that_is_its_own_reference_has_no_contributions():
    model = small_network("overlapping_max")
    x = images_for(model)
    assert not deeplift(model, x, 1, reference=x).any()


def test_references_broadcast_as_numpy_does():
    model = small_network("average_and_global")
    x = images_for(model)
    expected = deeplift(model, x, 1, reference=np.full(x.shape, 0.5))
    for reference in (0.5, np.full((8, 8, 3), 0.5), np.full((1, 1, 1, 3), 0.5), np.full((3, 1, 1, 1), 0.5)):
        assert largest_miss(deeplift(model, x, 1, reference=reference), expected).max() < 1e-5


@pytest.mark.parametrize("reference", [np.zeros((2, 8, 8, 3)), np.zeros((7, 8, 3)), np.inf, "black"])
def test_a_reference_that_is_none_is_refused(reference):
    model = small_network("average_and_global")
    with pytest.raises(ArgumentError, match="reference"):
        deeplift(model, images_for(model), 1, reference=reference)


def test_pairs_that_do_not_belong_together_are_refused():
    with pytest.raises(ArgumentError, match=r"pre_reference has shape \(3,\)"):
        rescale_multiplier(np.zeros(2), np.zeros(3))
    with pytest.raises(ArgumentError, match="pre has values"):
        rescale_multiplier(np.array([np.nan]), 0.0)


def test_a_layer_without_a_rule_is_named():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "elu", name="hidden"), keras.layers.Dense(2)])
    with pytest.raises(UnsupportedLayerError, match=r"'hidden'.*elu"):
        deeplift(model, np.zeros((1, 4)), 0)
