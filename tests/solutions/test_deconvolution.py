import numpy as np
import pytest
import tensorflow as tf

from solutions.deconvolution import deconv_relu, deconvolution, deconvolve_feature_map
from solutions.sensitivity_analysis import logit_gradient
from tests.solutions.slow_gradients import from_feature_map, from_logit
from tests.solutions.small_networks import MAKERS, images_for, largest_miss, slowly, small_network
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError


@pytest.mark.parametrize("name", MAKERS)
def test_small_networks_agree_with_the_equation(name):
    model = small_network(name)
    x, target = images_for(model) - 0.3, [0, 2, 1]
    slow = slowly(from_logit("deconv"), model, x, target)
    assert largest_miss(deconvolution(model, x, target), slow).max() < 1e-5
    for layer in model.layers[-4:]:
        slow = slowly(from_feature_map(layer.name, 1), model, x, 0)
        assert largest_miss(deconvolve_feature_map(model, x, layer=layer.name, channel=1), slow).max() < 1e-5


@pytest.mark.slow
def test_a_trained_network_agrees_with_the_equation():
    model, digits = networks.load("mnist_cnn"), data.mnist()
    x, target = digits.x_test[:5], digits.y_test[:5]
    slow = slowly(from_logit("deconv"), model, x, target)
    assert largest_miss(deconvolution(model, x, target), slow).max() < 1e-4
    slow = slowly(from_feature_map("conv2", 3), model, x, 0)
    assert largest_miss(deconvolve_feature_map(model, x, layer="conv2", channel=3), slow).max() < 1e-4


def test_the_rule_on_two_by_two_numbers():
    x = tf.constant([[1.0, -1.0], [2.0, -3.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = deconv_relu(x)
    assert y.numpy().tolist() == [[1, 0], [2, 0]]
    upstream = tf.constant([[5.0, -2.0], [-3.0, 4.0]])
    assert tape.gradient(y, x, output_gradients=upstream).numpy().tolist() == [[5, 0], [0, 4]]


def test_a_network_by_hand():
    # f(x) = 2 relu(x1 - x2) - 3 relu(x2). The signals 2 and -3 come to the two ReLUs; 2 is left, wherever x is.
    layers = [{"type": "Input", "shape": [2]}, {"type": "Dense", "units": 2, "activation": "relu", "use_bias": False}]
    weights = [np.array([[1, 0], [-1, 1]]), np.array([[2], [-3]])]
    model = networks.build([*layers, {"type": "Dense", "units": 1, "use_bias": False}], weights)
    assert deconvolution(model, [[2, 1], [-1, -2], [-7, 1]], 0).tolist() == [[2, -2]] * 3
    assert logit_gradient(model, [[-7, 1]], 0).tolist() == [[0, -3]]  # as the gradient sees it


def test_without_a_relu_it_is_the_gradient():
    layers = [{"type": "Input", "shape": [3, 3, 2]}, {"type": "Flatten"}, {"type": "Dense", "units": 2}]
    model = networks.build(layers, [np.random.default_rng(0).standard_normal((18, 2)), np.ones(2)])
    x = images_for(model)
    np.testing.assert_array_equal(deconvolution(model, x, 1), logit_gradient(model, x, 1))


def test_a_map_starts_from_its_own_activations():
    model = small_network("strided_same")
    x = images_for(model)
    first = model.layers[0].name
    one, other, _ = deconvolve_feature_map(model, x, layer=first, channel=0)
    assert largest_miss(one[np.newaxis], other[np.newaxis]).max() > 0.1  # from ones they would be equal
    # The first layer's projection is linear in the map that starts.
    A = tf.nn.conv2d(x, model.layers[0].kernel[..., :1], 2, "SAME") + model.layers[0].bias[0]
    expected = tf.nn.conv2d_transpose(tf.nn.relu(A), model.layers[0].kernel[..., :1], x.shape, 2, "SAME")
    assert largest_miss(deconvolve_feature_map(model, x, layer=first, channel=0), expected).max() < 1e-5


def test_a_map_that_is_silent_projects_nothing():
    model = small_network("bias_free_max")
    assert not deconvolve_feature_map(model, np.zeros((2, 8, 8, 1)), layer=model.layers[1].name, channel=2).any()


def test_channels_share_one_compiled_function():
    model = small_network("dense")
    for channel in range(4):
        deconvolve_feature_map(model, images_for(model), layer=model.layers[1].name, channel=channel)
    assert len(model.__dict__["_understanding_nn_traces"]) == 1


@pytest.mark.parametrize(
    ("layer", "channel", "message"),
    [
        ("conv9", 0, "no layer 'conv9'; expected one of its layers: .*dense"),
        ("last", 4, "channel is 4; expected a whole number from 0 to 3"),
        ("last", -1, "channel is -1"),
        ("last", 1.0, r"channel is 1\.0"),
    ],
)
def test_a_map_that_is_not_there(layer, channel, message):
    model = small_network("dense")
    layer = model.layers[-1].name if layer == "last" else layer
    with pytest.raises(ArgumentError, match=message):
        deconvolve_feature_map(model, images_for(model), layer=layer, channel=channel)
