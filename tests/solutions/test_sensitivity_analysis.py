import numpy as np
import pytest

from solutions.sensitivity_analysis import logit_gradient, sensitivity_analysis
from tests.solutions import slow_network
from tests.solutions.small_networks import DIGIT_NETWORKS, MAKERS, images_for, largest_miss, slowly, small_network
from understanding_nn import data, networks


@pytest.mark.parametrize("name", MAKERS)
def test_small_networks_agree_with_the_equation(name):
    model = small_network(name)
    x, target = images_for(model), [0, 2, 1]
    slow = slowly(slow_network.gradient, model, x, target)
    assert largest_miss(logit_gradient(model, x, target), slow).max() < 1e-5
    assert largest_miss(sensitivity_analysis(model, x, target), slow**2).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", DIGIT_NETWORKS)
def test_trained_networks_agree_with_the_equation(name):
    model, digits = networks.load(name), data.mnist()
    x, target = digits.x_test[:10], digits.y_test[:10]
    slow = slowly(slow_network.gradient, model, x, target)
    # One pixel at a kink of a ReLU may differ by 1e-3: float32 and float64 fall on different sides of it.
    assert largest_miss(logit_gradient(model, x, target), slow).max() < 1e-3
    assert np.sort(largest_miss(logit_gradient(model, x, target), slow))[:-1].max() < 1e-4
    assert np.sort(largest_miss(sensitivity_analysis(model, x, target), slow**2))[:-1].max() < 1e-4


def test_relevances_sum_to_the_squared_length_of_the_gradient():
    model = small_network("strided_same")
    x = images_for(model)
    gradient, relevance = logit_gradient(model, x, 2), sensitivity_analysis(model, x, 2)
    assert (relevance >= 0).all()
    np.testing.assert_allclose(
        relevance.sum(axis=(1, 2, 3)), np.linalg.norm(gradient.reshape(3, -1), axis=1) ** 2, 1e-5
    )


def test_variation_is_explained_not_the_value():
    model = small_network("dense")
    x = images_for(model)
    before, logit = sensitivity_analysis(model, x, 1), model(x)[:, 1].numpy()
    model.layers[-1].bias.assign_add(np.full(4, 7.0))
    assert np.allclose(model(x)[:, 1], logit + 7)
    np.testing.assert_array_equal(sensitivity_analysis(model, x, 1), before)


def test_gradient_of_a_homogeneous_network_gives_the_value_back():
    model = small_network("bias_free_max")
    x = images_for(model)
    value = (x * logit_gradient(model, x, 1)).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(value, model(x)[:, 1], rtol=1e-4)
    np.testing.assert_allclose(
        sensitivity_analysis(model, 3 * x, 1), sensitivity_analysis(model, x, 1), rtol=1e-3, atol=1e-6
    )


def test_a_network_by_hand():
    # f(x) = 2 relu(x1 - x2) - 3 relu(x2): at (2, 1) both neurons are active, the gradient is (2, -2 - 3).
    model = networks.build(
        [
            {"type": "Input", "shape": [2]},
            {"type": "Dense", "name": "hidden", "units": 2, "activation": "relu", "use_bias": False},
            {"type": "Dense", "name": "logits", "units": 1, "use_bias": False},
        ],
        [np.array([[1, 0], [-1, 1]]), np.array([[2], [-3]])],
    )
    assert logit_gradient(model, [[2, 1]], 0).tolist() == [[2, -5]]
    assert sensitivity_analysis(model, [[2, 1], [-1, -2], [0, 1]], 0).tolist() == [[4, 25], [4, 4], [0, 9]]


def test_a_logit_that_no_pixel_changes_has_gradient_zero():
    model = small_network("dense")
    model.layers[-1].kernel.assign(np.zeros((8, 4)))
    x = images_for(model)
    assert not sensitivity_analysis(model, x, 0).any()
    bias_free = small_network("bias_free_max")
    assert not logit_gradient(bias_free, np.zeros((1, 8, 8, 1)), 0).any()  # the gradient of a ReLU at 0 is 0
