import keras
import numpy as np
import pytest

from solutions.cam import cam, upsample
from tests.solutions import slow_maps
from tests.solutions.small_networks import images_for, largest_miss, slowly, small_network
from understanding_nn import networks
from understanding_nn.cluttered import cluttered_mnist
from understanding_nn.errors import ArgumentError, UnsupportedLayerError


def test_a_small_network_agrees_with_the_equation():
    model = small_network("average_and_global")
    x = images_for(model) - 0.3
    assert largest_miss(cam(model, x, [0, 2, 1]), slowly(slow_maps.cam, model, x, [0, 2, 1])).max() < 1e-5


def test_the_trained_network_agrees_with_the_equation():
    model, x = networks.load("cluttered_cnn"), cluttered_mnist(2, seed=1).images
    assert largest_miss(cam(model, x, 3), slowly(slow_maps.cam, model, x, 3)).max() < 1e-4


def test_the_mean_of_a_map_is_the_logit_without_its_bias():
    model, cluttered = networks.load("cluttered_cnn"), cluttered_mnist(50, seed=2)
    bias = model.get_layer("logits").bias.numpy()
    for target in (cluttered.labels, (cluttered.labels + 1) % 10):
        maps, logit = cam(model, cluttered.images, target), model(cluttered.images).numpy()[range(50), target]
        np.testing.assert_allclose(maps.mean(axis=(1, 2)) + bias[target], logit, atol=1e-4)


def test_maps_lie_on_the_digit():
    model, cluttered = networks.load("cluttered_cnn"), cluttered_mnist(200, seed=3)
    maps = upsample(cam(model, cluttered.images, cluttered.labels), 40)
    places = np.stack(np.unravel_index(maps.reshape(200, -1).argmax(axis=1), (40, 40)), axis=1)
    first, size = cluttered.boxes[:, :2], cluttered.boxes[:, 2:]
    assert np.mean(((first <= places) & (places < first + size)).all(axis=1)) > 0.9


def by_hand(*between):
    """Two feature maps, x and relu(-x) doubled; logits 3 A_0 + 5 A_1 and -A_0, biases 7 and 0."""
    layers = [
        {"type": "Input", "shape": [2, 2, 1]},
        {"type": "Conv2D", "filters": 2, "kernel_size": 1, "activation": "relu", "use_bias": False},
        *between,
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dropout", "rate": 0.5},
        {"type": "Dense", "units": 2},
    ]
    return networks.build(layers, [[[[[1.0, -2.0]]]], [[3.0, -1.0], [5.0, 0.0]], [7.0, 0.0]])


def test_maps_by_hand():
    x = np.array([[1.0, -1.0], [0.0, 2.0]]).reshape(1, 2, 2, 1)
    assert cam(by_hand(), x, 0).tolist() == [[[3, 10], [0, 6]]]  # without the bias
    assert cam(by_hand(), x, 1).tolist() == [[[-1, 0], [0, -2]]]  # with its sign


def test_layers_between_the_maps_and_their_mean_belong_to_the_maps():
    x = np.array([[1.0, -1.0], [0.0, 2.0]]).reshape(1, 2, 2, 1)
    pooled = cam(by_hand({"type": "MaxPooling2D", "pool_size": 2}), x, 0)
    assert pooled.tolist() == [[[3 * 2 + 5 * 2]]]


def test_another_architecture_is_refused():
    for name in ("strided_same", "dense"):
        model = small_network(name)
        with pytest.raises(UnsupportedLayerError, match="expected GlobalAveragePooling2D and one Dense layer"):
            cam(model, images_for(model), 0)
    hidden = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Conv2D(2, 3),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, "relu"),
            keras.layers.Dense(2, name="logits"),
        ]
    )
    with pytest.raises(UnsupportedLayerError, match=r"'logits'.*relu, dense"):
        cam(hidden, np.zeros((1, 4, 4, 1)), 0)


def slow_upsample(grid, size):
    """Each pixel is the mean of four cells, weighted by how near their centers are."""
    result = np.zeros(size)
    for i, j in np.ndindex(*size):
        y, x = ((np.array([i, j]) + 0.5) * grid.shape / size - 0.5).clip(0, np.array(grid.shape) - 1)
        for u, v in np.ndindex(grid.shape):
            result[i, j] += max(0, 1 - abs(y - u)) * max(0, 1 - abs(x - v)) * grid[u, v]
    return result


@pytest.mark.parametrize("size", [(12, 9), (5, 7), (4, 3), (40, 3)])
def test_enlarging_agrees_with_the_definition(size):
    maps = np.random.default_rng(0).standard_normal((3, 4, 3))
    expected = np.stack([slow_upsample(grid, size) for grid in maps])
    result = upsample(maps, size)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, atol=1e-6)
    np.testing.assert_array_equal(upsample(maps, 12), upsample(maps, (12, 12)))


def test_enlarging_refuses_what_it_cannot_do():
    for maps in (np.zeros((2, 2)), np.zeros((1, 2, 2, 1)), np.full((1, 2, 2), np.nan)):
        with pytest.raises(ArgumentError, match=r"^maps has"):
            upsample(maps, 4)
    for size in (1, (4, 1), (4, 4.5), (4, 4, 4), "4"):
        with pytest.raises(ArgumentError, match="size"):
            upsample(np.zeros((1, 2, 2)), size)
