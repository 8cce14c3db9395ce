import numpy as np
import pytest

from solutions.integrated_gradients import completeness_gap, integrated_gradients
from solutions.simple_taylor_decomposition import simple_taylor_decomposition
from tests.solutions.slow_gradients import integrated
from tests.solutions.small_networks import MAKERS, images_for, largest_miss, slowly, small_network
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("baseline", ["black", "another image"])
def test_small_networks_agree_with_the_equation(name, baseline):
    model = small_network(name)
    start = 0.0 if baseline == "black" else images_for(model, 1, seed=1)[0]
    x, target = images_for(model), [0, 2, 1]
    slow = slowly(integrated(start, 5), model, x, target)
    result = integrated_gradients(model, x, target, baseline=start, num_steps=5, batch_size=7)
    assert largest_miss(result, slow).max() < 1e-5


@pytest.mark.slow
def test_a_trained_network_agrees_with_the_equation():
    model, digits = networks.load("mnist_cnn"), data.mnist()
    x, target = digits.x_test[:3], digits.y_test[:3]
    slow = slowly(integrated(digits.x_test[10], 4), model, x, target)
    result = integrated_gradients(model, x, target, baseline=digits.x_test[10], num_steps=4)
    miss = np.sort(largest_miss(result, slow))
    assert miss[-1] < 1e-3  # one pixel at a kink of a ReLU may differ
    assert miss[0] < 1e-4


def test_the_own_decision_of_a_trained_network_is_explained_to_one_percent():
    model, x = networks.load("mnist_cnn"), data.mnist().x_test[::5]
    decision = np.argmax(model(x), axis=1)
    gap = completeness_gap(integrated_gradients(model, x, decision, num_steps=100), model, x, decision)
    assert gap.mean() < 0.01
    assert gap.max() < 0.02
    coarse = completeness_gap(integrated_gradients(model, x, decision, num_steps=10), model, x, decision)
    assert coarse.mean() > 3 * gap.mean()


@pytest.mark.parametrize("num_steps", [1, 2, 50])
def test_without_biases_and_from_black_every_number_of_steps_gives_gradient_times_input(num_steps):
    model = small_network("bias_free_max")
    x = images_for(model) - 0.3
    result = integrated_gradients(model, x, [0, 1, 2], num_steps=num_steps)
    assert largest_miss(result, simple_taylor_decomposition(model, x, [0, 1, 2])).max() < 1e-5
    assert completeness_gap(result, model, x, [0, 1, 2]).max() < 1e-4


def test_one_right_step_is_gradient_times_input_with_biases_too():
    model = small_network("strided_same")
    x = images_for(model)
    result = integrated_gradients(model, x, 2, num_steps=1)
    assert largest_miss(result, simple_taylor_decomposition(model, x, 2)).max() < 1e-6


def test_sensitivity_where_the_gradient_has_none():
    # f(x) = 1 - relu(1 - x): at x = 2 the gradient is 0, yet f rose by 1 from x = 0. The path finds it in its first
    # half: right points 0.5, 1, 1.5, 2, of which one has slope 1.
    layers = [{"type": "Input", "shape": [1]}, {"type": "Dense", "units": 1, "activation": "relu"}]
    model = networks.build([*layers, {"type": "Dense", "units": 1}], [[[-1.0]], [1.0], [[-1.0]], [1.0]])
    assert integrated_gradients(model, [[2.0]], 0, num_steps=1).tolist() == [[0.0]]
    assert integrated_gradients(model, [[2.0]], 0, num_steps=4).tolist() == [[0.5]]
    assert integrated_gradients(model, [[2.0]], 0, num_steps=1000)[0, 0] == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize("batch_size", [1, 4, 9, 64, 1000])
def test_the_batch_size_changes_nothing(batch_size):
    model = small_network("average_and_global")
    x, start = images_for(model), images_for(model, seed=1)
    expected = integrated_gradients(model, x, [0, 1, 2], baseline=start, num_steps=9)
    result = integrated_gradients(model, x, [0, 1, 2], baseline=start, num_steps=9, batch_size=batch_size)
    assert largest_miss(result, expected).max() < 1e-5


def test_baselines_broadcast_as_numpy_does():
    model = small_network("average_and_global")
    x = images_for(model)
    expected = integrated_gradients(model, x, 1, baseline=np.full(x.shape, 0.5), num_steps=3)
    gap = completeness_gap(expected, model, x, 1, baseline=np.full(x.shape, 0.5))
    for baseline in (0.5, np.full((8, 8, 3), 0.5), np.full((1, 1, 1, 3), 0.5), np.full((3, 1, 1, 1), 0.5)):
        np.testing.assert_array_equal(integrated_gradients(model, x, 1, baseline=baseline, num_steps=3), expected)
        np.testing.assert_allclose(completeness_gap(expected, model, x, 1, baseline=baseline), gap, rtol=1e-4)


def test_the_gap_by_hand():
    # f(x) = 2 x1 + 4 x2 + 1, so f(1, 1) - f(0, 0.5) = 7 - 3 = 4.
    layers = [{"type": "Input", "shape": [2]}, {"type": "Dense", "units": 1}]
    model, baseline = networks.build(layers, [[[2.0], [4.0]], [1.0]]), np.array([0, 0.5])
    attribution = np.array([[2.0, 2.0], [2.0, 1.0], [-4.0, 0.0]])
    gap = completeness_gap(attribution, model, np.ones((3, 2)), 0, baseline=baseline)
    assert gap.tolist() == [0, 0.25, 2]
    assert gap.dtype == np.float32
    assert completeness_gap([[1.0, -1.0], [1.0, 0.0]], model, np.ones((2, 2)), 0, baseline=1.0).tolist() == [0, np.inf]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_steps": 0}, "num_steps is 0"),
        ({"num_steps": 2.5}, r"num_steps is 2\.5"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"baseline": np.zeros((2, 8, 8, 3))}, "baseline has shape"),
        ({"baseline": np.nan}, "baseline has values"),
        ({"baseline": "black"}, "baseline is a str"),
    ],
)
def test_paths_that_cannot_be(options, message):
    model = small_network("average_and_global")
    with pytest.raises(ArgumentError, match=message):
        integrated_gradients(model, images_for(model), 1, **options)


def test_an_attribution_of_other_images_has_no_gap():
    model = small_network("average_and_global")
    with pytest.raises(ArgumentError, match=r"attribution has shape \(3, 8, 8\)"):
        completeness_gap(np.zeros((3, 8, 8)), model, images_for(model), 1)
