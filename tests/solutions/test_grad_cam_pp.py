import numpy as np
import pytest

from solutions.grad_cam import grad_cam
from solutions.grad_cam_pp import grad_cam_pp
from tests.solutions import slow_maps
from tests.solutions.small_networks import images_for, largest_miss, slowly, small_network
from understanding_nn import networks
from understanding_nn.cluttered import cluttered_mnist
from understanding_nn.errors import ArgumentError


def slow_at(layer):
    return lambda *arguments: slow_maps.grad_cam_pp(*arguments, layer=layer)


@pytest.mark.parametrize("name", ["bias_free_max", "strided_same", "average_and_global", "overlapping_max"])
def test_small_networks_agree_with_the_equation_at_every_layer(name):
    model = small_network(name)
    x, target = images_for(model) - 0.2, [0, 2, 1]
    for layer in model.layers:
        if layer.name.split("_")[0] not in ("conv2d", "max", "average"):
            continue
        result = grad_cam_pp(model, x, target, layer=layer.name)
        assert largest_miss(result, slowly(slow_at(layer.name), model, x, target)).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["conv1", "conv3"])
def test_the_trained_network_agrees_with_the_equation(layer):
    model, x = networks.load("cluttered_cnn"), cluttered_mnist(3, seed=1).images
    assert largest_miss(grad_cam_pp(model, x, 3, layer=layer), slowly(slow_at(layer), model, x, 3)).max() < 1e-3


def two_maps(kernel):
    """Two feature maps of two places, f a linear function of them."""
    layers = [
        {"type": "Input", "shape": [1, 2, 2]},
        {"type": "ReLU", "name": "maps"},
        {"type": "Flatten"},
        {"type": "Dense", "units": 1},
    ]
    return networks.build(layers, [np.reshape(kernel, (4, 1)), [0.0]])


def test_a_map_by_hand():
    # Map 0: g is 1 and 0, the sum 4, so alpha is 1/(2 + 4) and 0. Map 1: g is 2 and -3, the sum 1: 1/(2 + 2), relu 0.
    model, x = two_maps([[1.0, 2.0], [0.0, -3.0]]), np.array([[3.0, 0.0], [1.0, 1.0]]).reshape(1, 1, 2, 2)
    first, second = 1 / 6, 2 / 4
    np.testing.assert_allclose(grad_cam_pp(model, x, 0, layer="maps"), [[[3 * first, first + second]]], rtol=1e-6)


def test_where_no_gradient_is_positive_nothing_is_shown():
    for kernel in ([[0.0, 0.0], [0.0, 0.0]], [[-1.0, 0.0], [-2.0, -3.0]]):
        assert not grad_cam_pp(two_maps(kernel), np.ones((1, 1, 2, 2)), 0, layer="maps").any()


def test_a_black_image_has_no_map():
    model = networks.load("mnist_cnn_bias_free")
    assert not grad_cam_pp(model, np.zeros((1, 28, 28, 1)), 3, layer="conv2").any()


def test_small_gradients_keep_their_places_and_large_logits_do_not_overflow():
    kernel, x = np.array([[1.0, 2.0], [0.5, -3.0]]), np.array([[3.0, 0.0], [1.0, 1.0]]).reshape(1, 1, 2, 2)
    tiny = grad_cam_pp(two_maps(1e-30 * kernel), x, 0, layer="maps")
    np.testing.assert_allclose(tiny / 1e-30, [[[0.75 * 3, 0.75 + 1]]], rtol=1e-5)  # alpha is 1/2 everywhere
    assert np.isfinite(grad_cam_pp(two_maps(1e6 * kernel), x, 0, layer="maps")).all()


def test_weights_tell_it_from_grad_cam():
    model, cluttered = networks.load("cluttered_cnn"), cluttered_mnist(20, seed=4)
    plain, plus = (
        method(model, cluttered.images, cluttered.labels, layer="conv3") for method in (grad_cam, grad_cam_pp)
    )
    scaled = plus / plus.max(axis=(1, 2), keepdims=True) * plain.max(axis=(1, 2), keepdims=True)
    assert largest_miss(scaled, plain).min() > 0.01


def test_a_layer_without_maps_is_refused():
    with pytest.raises(ArgumentError, match="layer 'average' gives vectors"):
        grad_cam_pp(networks.load("cluttered_cnn"), np.zeros((1, 40, 40, 1)), 0, layer="average")
