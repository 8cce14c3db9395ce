import numpy as np
import pytest
from hypothesis import given, settings

from solutions.simple_taylor_decomposition import simple_taylor_decomposition, taylor_decomposition
from tests.solutions import slow_network
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
from understanding_nn.errors import ArgumentError


@pytest.mark.parametrize("name", MAKERS)
def test_small_networks_agree_with_the_equation(name):
    model = small_network(name)
    x, target = images_for(model) - 0.5, [0, 2, 1]
    root = images_for(model, seed=1)
    slow_root = [slowly(slow_network.gradient, model, root[i : i + 1], t)[0] for i, t in enumerate(target)]
    slow = slowly(slow_network.gradient, model, x, target)
    assert largest_miss(taylor_decomposition(model, x, target, root=root), slow_root * (x - root)).max() < 1e-5
    assert largest_miss(simple_taylor_decomposition(model, x, target), slow * x).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", DIGIT_NETWORKS)
def test_trained_networks_agree_with_the_equation(name):
    model, digits = networks.load(name), data.mnist()
    x, target = digits.x_test[:5], digits.y_test[:5]
    slow = x * slowly(slow_network.gradient, model, x, target)
    miss = np.sort(largest_miss(simple_taylor_decomposition(model, x, target), slow))
    assert miss[-1] < 1e-3  # one pixel at a kink of a ReLU may differ
    assert miss[-2] < 1e-4


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(drawn_networks(bias=False))
def test_relevances_of_any_network_without_biases_sum_to_the_logit(drawn):
    model, x = drawn.build(), drawn.images()
    assert relative_gap(simple_taylor_decomposition(model, x, 1), model(x)[:, 1], at_least=0.1).max() < 1e-5


def test_relevances_sum_to_the_logit_without_biases_and_not_with_them():
    for name, conserves in (("bias_free_max", True), ("dense", False)):
        model = small_network(name)
        x = images_for(model)
        assert (relative_gap(simple_taylor_decomposition(model, x, 1), model(x)[:, 1]).max() < 1e-5) == conserves


def test_the_trivial_root_is_a_limit_not_the_black_image():
    model = small_network("bias_free_max")
    x = images_for(model)
    expected = simple_taylor_decomposition(model, x, 1)
    assert largest_miss(taylor_decomposition(model, x, 1, root=1e-3 * x), 0.999 * expected).max() < 1e-4
    assert not taylor_decomposition(model, x, 1, root=0.0).any()


def test_an_affine_function_is_decomposed_exactly_at_any_root():
    model = networks.build(
        [{"type": "Input", "shape": [2]}, {"type": "Dense", "units": 1}], [np.array([[3.0], [-2.0]]), np.array([0.5])]
    )
    # f(x) = 3 x1 - 2 x2 + 0.5 is 0 at (0.5, 1).
    relevance = taylor_decomposition(model, [[2, 1], [0, 0]], 0, root=np.array([0.5, 1]))
    np.testing.assert_allclose(relevance, [[4.5, 0], [-1.5, 2]], rtol=1e-6)
    np.testing.assert_allclose(relevance.sum(axis=1), model(np.array([[2, 1], [0, 0]]))[:, 0], rtol=1e-6)


def test_the_gradient_is_taken_at_the_root():
    # f(x) = relu(x1 - 1): at (3) the slope is 1, at the root (0.5) it is 0.
    layers = [{"type": "Input", "shape": [1]}, {"type": "Dense", "units": 1, "activation": "relu"}]
    model = networks.build([*layers, {"type": "Dense", "units": 1}], [[[1.0]], [-1.0], [[1.0]], [0.0]])
    assert taylor_decomposition(model, [[3.0]], 0, root=1.5).tolist() == [[1.5]]
    assert taylor_decomposition(model, [[3.0]], 0, root=0.5).tolist() == [[0.0]]


def test_roots_broadcast_as_numpy_does():
    model = small_network("average_and_global")
    x = images_for(model)
    for root in (0.5, np.full((8, 8, 3), 0.5), np.full((1, 1, 1, 3), 0.5), np.full((3, 1, 1, 1), 0.5)):
        np.testing.assert_array_equal(
            taylor_decomposition(model, x, 1, root=root), taylor_decomposition(model, x, 1, root=np.full(x.shape, 0.5))
        )


@pytest.mark.parametrize("root", [np.zeros((2, 8, 8, 3)), np.zeros((7, 8, 3)), np.nan, "black"])
def test_a_root_that_is_none_is_refused(root):
    model = small_network("average_and_global")
    with pytest.raises(ArgumentError, match="root"):
        taylor_decomposition(model, images_for(model), 1, root=root)
