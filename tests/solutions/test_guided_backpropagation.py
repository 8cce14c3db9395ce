import numpy as np
import pytest
import tensorflow as tf

from solutions.deconvolution import deconvolution
from solutions.guided_backpropagation import guided_backpropagation, guided_relu
from solutions.sensitivity_analysis import logit_gradient
from tests.solutions.slow_gradients import from_logit
from tests.solutions.small_networks import MAKERS, images_for, largest_miss, slowly, small_network
from understanding_nn import data, networks


@pytest.mark.parametrize("name", MAKERS)
def test_small_networks_agree_with_the_equation(name):
    model = small_network(name)
    x, target = images_for(model) - 0.3, [0, 2, 1]
    slow = slowly(from_logit("guided"), model, x, target)
    assert largest_miss(guided_backpropagation(model, x, target), slow).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist_cnn", "mnist_mlp"])
def test_trained_networks_agree_with_the_equation(name):
    model, digits = networks.load(name), data.mnist()
    x, target = digits.x_test[:5], digits.y_test[:5]
    slow = slowly(from_logit("guided"), model, x, target)
    miss = np.sort(largest_miss(guided_backpropagation(model, x, target), slow))
    assert miss[-1] < 1e-3  # one pixel at a kink of a ReLU may differ
    assert miss[-2] < 1e-4


def test_the_rule_on_two_by_two_numbers():
    x = tf.constant([[1.0, -1.0], [2.0, -3.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = guided_relu(x)
    assert y.numpy().tolist() == [[1, 0], [2, 0]]
    upstream = tf.constant([[5.0, -2.0], [-3.0, 4.0]])
    assert tape.gradient(y, x, output_gradients=upstream).numpy().tolist() == [[5, 0], [0, 0]]


def test_nothing_comes_through_a_relu_at_its_kink():
    x = tf.constant([0.0, -0.0, 1e-30])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = guided_relu(x)
    assert tape.gradient(y, x).numpy().tolist() == [0, 0, 1]


def test_a_network_by_hand():
    # f(x) = 2 relu(x1 - x2) - 3 relu(x2). Of the signals 2 and -3, 2 is left, and only where x1 > x2.
    layers = [{"type": "Input", "shape": [2]}, {"type": "Dense", "units": 2, "activation": "relu", "use_bias": False}]
    weights = [np.array([[1, 0], [-1, 1]]), np.array([[2], [-3]])]
    model = networks.build([*layers, {"type": "Dense", "units": 1, "use_bias": False}], weights)
    x = [[2, 1], [1, 2]]
    assert guided_backpropagation(model, x, 0).tolist() == [[2, -2], [0, 0]]
    assert logit_gradient(model, x, 0).tolist() == [[2, -5], [0, -3]]
    assert deconvolution(model, x, 0).tolist() == [[2, -2], [2, -2]]


def test_where_all_signals_are_positive_it_is_the_gradient():
    model = small_network("dense")
    for layer in model.layers[2:]:
        layer.kernel.assign(np.abs(layer.kernel))
    x = images_for(model) - 0.5
    assert (model.layers[1](x.reshape(3, -1)).numpy() == 0).any()  # a mask is at work
    assert largest_miss(guided_backpropagation(model, x, 1), logit_gradient(model, x, 1)).max() < 1e-6


def test_the_network_keeps_its_own_relu():
    model = small_network("strided_same")
    x = images_for(model)
    activations, before = [layer.get_config().get("activation") for layer in model.layers], logit_gradient(model, x, 1)
    guided_backpropagation(model, x, 1)
    assert [layer.get_config().get("activation") for layer in model.layers] == activations
    np.testing.assert_array_equal(logit_gradient(model, x, 1), before)
