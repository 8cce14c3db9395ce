import numpy as np
import pytest

from solutions.cam import cam
from solutions.grad_cam import grad_cam
from tests.solutions import slow_maps
from tests.solutions.small_networks import MAKERS, images_for, largest_miss, slowly, small_network
from understanding_nn import networks
from understanding_nn.cluttered import cluttered_mnist
from understanding_nn.errors import ArgumentError, UnsupportedLayerError


def layers_with_maps(model):
    return [layer.name for layer in model.layers if len(layer.output.shape) == 4 and "input" not in layer.name]


def slow_at(layer):
    return lambda *arguments: slow_maps.grad_cam(*arguments, layer=layer)


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "dense"])
def test_small_networks_agree_with_the_equation_at_every_layer(name):
    model = small_network(name)
    x, target = images_for(model) - 0.2, [0, 2, 1]
    for layer in layers_with_maps(model):
        result = grad_cam(model, x, target, layer=layer)
        assert result.shape == (3, *model.get_layer(layer).output.shape[1:3])
        assert largest_miss(result, slowly(slow_at(layer), model, x, target)).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["conv1", "conv3"])
def test_the_trained_network_agrees_with_the_equation(layer):
    model, x = networks.load("cluttered_cnn"), cluttered_mnist(3, seed=1).images
    assert largest_miss(grad_cam(model, x, 3, layer=layer), slowly(slow_at(layer), model, x, 3)).max() < 1e-3


def test_on_a_network_for_cam_it_is_cam_without_the_negative_part_and_scaled():
    model, cluttered = networks.load("cluttered_cnn"), cluttered_mnist(50, seed=2)
    for target in (cluttered.labels, (cluttered.labels + 1) % 10):
        maps = cam(model, cluttered.images, target)
        result = grad_cam(model, cluttered.images, target, layer="conv3")
        assert (maps < 0).any()
        assert largest_miss(result, np.maximum(maps, 0) / 100).max() < 1e-5


def test_a_map_by_hand():
    # One map A = x of two places, f = relu(2 A_0 - A_1) + 3: the mean gradient is 1/2 where the ReLU is active.
    layers = [
        {"type": "Input", "shape": [1, 2, 1]},
        {"type": "Conv2D", "name": "maps", "filters": 1, "kernel_size": 1},
        {"type": "Flatten"},
        {"type": "Dense", "units": 1, "activation": "relu"},
        {"type": "Dense", "units": 1},
    ]
    model = networks.build(layers, [[[[[1.0]]]], [0.0], [[2.0], [-1.0]], [0.0], [[1.0]], [3.0]])
    x = np.array([[4.0, 6.0], [4.0, -6.0], [1.0, 6.0]]).reshape(3, 1, 2, 1)
    assert grad_cam(model, x, 0, layer="maps").tolist() == [[[2, 3]], [[2, 0]], [[0, 0]]]


def test_a_layer_without_maps_is_refused():
    model = networks.load("mnist_cnn")
    for layer in ("flatten", "hidden", "logits"):
        with pytest.raises(ArgumentError, match=f"layer '{layer}' gives vectors"):
            grad_cam(model, np.zeros((1, 28, 28, 1)), 0, layer=layer)


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ArgumentError, match=r"'conv9'.*conv1, pool1, conv2"):
        grad_cam(networks.load("mnist_cnn"), np.zeros((1, 28, 28, 1)), 0, layer="conv9")


def test_weights_of_the_moment_are_explained():
    model, x = networks.load("cluttered_cnn"), cluttered_mnist(2, seed=1).images
    before = grad_cam(model, x, 3, layer="pool2")
    model.get_layer("logits").kernel.assign(-model.get_layer("logits").kernel)
    assert largest_miss(grad_cam(model, x, 3, layer="pool2"), before).max() > 0.1


def test_a_softmax_is_refused():
    layers, weights = networks.describe(networks.load("cluttered_cnn"))
    model = networks.build([*layers, {"type": "Softmax", "name": "decision"}], weights)
    with pytest.raises(UnsupportedLayerError, match="decision"):
        grad_cam(model, np.zeros((1, 40, 40, 1)), 0, layer="conv3")
