"""The slow network must itself be right: it is compared with Keras, and its gradient with differences of its values."""

import numpy as np
import pytest

from tests.solutions import slow_network
from tests.solutions.small_networks import MAKERS, images_for, largest_miss, slowly, small_network
from understanding_nn import networks


@pytest.mark.parametrize("name", MAKERS)
def test_its_logits_are_those_of_keras(name):
    model = small_network(name)
    x = images_for(model)
    slow = slowly(lambda layers, weights, image, _: slow_network.logits(layers, weights, image), model, x, 0)
    assert largest_miss(model(x), slow).max() < 1e-5


@pytest.mark.parametrize("name", MAKERS)
def test_its_gradient_is_the_slope_of_its_logits(name):
    model = small_network(name)
    layers, weights = networks.describe(model)
    image = images_for(model, 1)[0].astype(np.float64)
    gradient = slow_network.gradient(layers, weights, image, 1)
    for place in np.random.default_rng(1).permutation(list(np.ndindex(image.shape)))[:10]:
        step = np.zeros_like(image)
        step[tuple(place)] = 1e-6
        above, below = (slow_network.logits(layers, weights, image + sign * step)[1] for sign in (1, -1))
        assert gradient[tuple(place)] == pytest.approx((above - below) / 2e-6, rel=1e-5, abs=1e-8)
