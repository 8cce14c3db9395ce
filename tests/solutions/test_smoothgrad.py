import numpy as np
import pytest

from solutions.integrated_gradients import completeness_gap, integrated_gradients
from solutions.sensitivity_analysis import logit_gradient, sensitivity_analysis
from solutions.smoothgrad import draw_noise, smooth_integrated_gradients, smoothgrad, smoothgrad_squared, vargrad
from tests.solutions import slow_network
from tests.solutions.slow_gradients import integrated, of_copies
from tests.solutions.small_networks import MAKERS, images_for, largest_miss, small_network
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError

METHODS = [smoothgrad, smoothgrad_squared, vargrad, smooth_integrated_gradients]


def slowly_of_copies(method, model, x, target, noise):
    """(num_samples, N, H, W, C): what the slow method gives for every noisy copy."""
    layers, weights = networks.describe(model)
    each = [of_copies(method, noise[:, i])(layers, weights, x[i], target[i]) for i in range(len(x))]
    return np.stack(each, axis=1)


@pytest.mark.parametrize("name", MAKERS)
def test_small_networks_agree_with_the_equation(name):
    model = small_network(name)
    x, target = images_for(model), [0, 2, 1]
    noise = draw_noise(x, noise_level=0.3, num_samples=4, seed=1)
    slow = slowly_of_copies(slow_network.gradient, model, x, target, noise)
    assert largest_miss(smoothgrad(model, x, target, noise=noise), slow.mean(axis=0)).max() < 1e-5
    assert largest_miss(smoothgrad_squared(model, x, target, noise=noise), (slow**2).mean(axis=0)).max() < 1e-5
    assert largest_miss(vargrad(model, x, target, noise=noise), slow.var(axis=0)).max() < 1e-5
    slow = slowly_of_copies(integrated(0.25, 2), model, x, target, noise[:2])
    result = smooth_integrated_gradients(model, x, target, noise=noise[:2], baseline=0.25, num_steps=2, batch_size=5)
    assert largest_miss(result, slow.mean(axis=0)).max() < 1e-5


@pytest.mark.slow
def test_a_trained_network_agrees_with_the_equation():
    model, digits = networks.load("mnist_cnn"), data.mnist()
    x, target = digits.x_test[:3], digits.y_test[:3]
    noise = draw_noise(x, noise_level=0.2, num_samples=3, seed=0)
    slow = slowly_of_copies(slow_network.gradient, model, x, target, noise)
    for method, expected in ((smoothgrad, slow.mean(axis=0)), (vargrad, slow.var(axis=0))):
        miss = np.sort(largest_miss(method(model, x, target, noise=noise), expected))
        assert miss[-1] < 1e-3  # one pixel at a kink of a ReLU may differ
        assert miss[0] < 1e-4


def test_without_noise_they_are_what_they_smooth():
    model = small_network("overlapping_max")
    x = images_for(model)
    noise = np.zeros((3, *x.shape))
    assert largest_miss(smoothgrad(model, x, 1, noise=noise), logit_gradient(model, x, 1)).max() < 1e-5
    assert largest_miss(smoothgrad_squared(model, x, 1, noise=noise), sensitivity_analysis(model, x, 1)).max() < 1e-5
    assert not vargrad(model, x, 1, noise=noise).any()
    smooth = smooth_integrated_gradients(model, x, 1, noise=noise, num_steps=4)
    assert largest_miss(smooth, integrated_gradients(model, x, 1, num_steps=4)).max() < 1e-5


def test_the_mean_square_is_the_variance_and_the_square_of_the_mean():
    model, x = networks.load("mnist_cnn"), data.mnist().x_test[:3]
    options = {"noise": draw_noise(x, noise_level=0.2, num_samples=20, seed=0)}
    parts = vargrad(model, x, 3, **options) + smoothgrad(model, x, 3, **options) ** 2
    assert largest_miss(parts, smoothgrad_squared(model, x, 3, **options)).max() < 1e-5


def test_a_small_variance_of_a_large_gradient_is_not_lost():
    # f(x) = 1000 x + 0.01 relu(x): the gradient is 1000 or 1000.01, in equal shares.
    layers = [{"type": "Input", "shape": [1]}, {"type": "Dense", "units": 2}, {"type": "ReLU"}]
    weights = [[[1.0, -1.0]], [0.0, 0.0], [[1000.01], [-1000.0]]]
    model = networks.build([*layers, {"type": "Dense", "units": 1, "use_bias": False}], weights)
    noise = np.array([1.0, -1.0, 2.0, -2.0]).reshape(4, 1, 1)
    step = np.float32(1000.01) - np.float32(1000.0)
    assert vargrad(model, [[0.0]], 0, noise=noise)[0, 0] == pytest.approx(step**2 / 4, rel=1e-3)


def test_smooth_integrated_gradients_sum_to_the_mean_difference():
    model = small_network("bias_free_max")
    x = images_for(model)
    noise = draw_noise(x, num_samples=5, seed=0)
    total = smooth_integrated_gradients(model, x, 1, noise=noise, num_steps=3).sum(axis=(1, 2, 3))
    logits = [model(x + each)[:, 1].numpy() for each in noise]
    np.testing.assert_allclose(total, np.mean(logits, axis=0), rtol=1e-4, atol=1e-5)
    one = smooth_integrated_gradients(model, x, 1, noise=noise[:1], num_steps=3)
    assert completeness_gap(one, model, x + noise[0], 1).max() < 1e-4


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("batch_size", [1, 5, 1000])
def test_the_batch_size_changes_nothing(method, batch_size):
    model = small_network("strided_same")
    x = images_for(model)
    noise = draw_noise(x, num_samples=7, seed=0)
    options = {"num_steps": 3} if method is smooth_integrated_gradients else {}
    expected = method(model, x, [0, 1, 2], noise=noise, **options)
    assert (
        largest_miss(method(model, x, [0, 1, 2], noise=noise, batch_size=batch_size, **options), expected).max() < 1e-5
    )


def test_noise_is_in_proportion_to_the_range_of_each_image():
    x = np.stack([np.linspace(0, 1, 400), np.linspace(2, 5, 400), np.full(400, 7.0)]).reshape(3, 20, 20, 1)
    noise = draw_noise(x, noise_level=0.2, num_samples=200, seed=3)
    assert (noise.shape, noise.dtype) == ((200, 3, 20, 20, 1), np.float32)
    deviation = noise.std(axis=(0, 2, 3, 4))
    np.testing.assert_allclose(deviation[:2], [0.2, 0.6], rtol=0.02)
    assert deviation[2] == 0
    assert np.abs(noise.mean(axis=(0, 2, 3, 4))).max() < 0.01


def test_noise_is_drawn_as_the_docstring_says():
    x = images_for(small_network("dense"))
    noise = draw_noise(x, noise_level=0.5, num_samples=2, seed=4)
    sigma = 0.5 * (x.max(axis=(1, 2, 3)) - x.min(axis=(1, 2, 3))).reshape(3, 1, 1, 1)
    numbers = np.random.default_rng(4).standard_normal((2, *x.shape))
    np.testing.assert_allclose(noise, sigma * numbers, rtol=1e-5)
    np.testing.assert_array_equal(draw_noise(x, noise_level=0.5, num_samples=2, seed=4), noise)
    assert not np.array_equal(draw_noise(x, noise_level=0.5, num_samples=2, seed=5), noise)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"noise_level": -0.1}, r"noise_level is -0\.1"),
        ({"noise_level": np.nan}, "noise_level is nan"),
        ({"num_samples": 0}, "num_samples is 0"),
        ({"num_samples": 2.0}, r"num_samples is 2\.0"),
        ({"x": np.zeros(3)}, r"x has shape \(3,\)"),
        ({"x": np.full((1, 2), np.inf)}, "x has values"),
    ],
)
def test_noise_that_cannot_be_drawn(options, message):
    with pytest.raises(ArgumentError, match=message):
        draw_noise(**{"x": np.zeros((1, 2, 2, 1)), "seed": 0, **options})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("noise", "message"),
    [
        (0.1, "noise has shape"),
        (np.zeros((0, 3, 10, 8, 1)), "noise has shape"),
        (np.zeros((5, 2, 10, 8, 1)), r"expected \(num_samples, 3, 10, 8, 1\)"),
        (np.full((1, 3, 10, 8, 1), np.nan), "noise has values"),
        (None, "noise is"),
    ],
)
def test_noise_that_fits_no_image(method, noise, message):
    model = small_network("strided_same")
    with pytest.raises(ArgumentError, match=message):
        method(model, images_for(model), 0, noise=noise)
