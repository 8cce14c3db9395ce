import keras
import numpy as np
import pytest

from solutions.backpropagation import backpropagation, class_model_visualization
from solutions.sensitivity_analysis import sensitivity_analysis
from tests.solutions import slow_network
from tests.solutions.small_networks import MAKERS, images_for, largest_miss, slowly, small_network
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError, UnsupportedLayerError


def slow_ascent(mean, *, l2, learning_rate, num_steps):
    def ascent(layers, weights, image, target):
        image = np.asarray(image, np.float64)
        for _ in range(num_steps):
            penalty = 2 * l2 * (image - mean)
            image = image + learning_rate * (slow_network.gradient(layers, weights, image, target) - penalty)
        return image

    return ascent


@pytest.mark.parametrize("name", MAKERS)
def test_small_networks_agree_with_the_equation(name):
    model = small_network(name)
    x, target = images_for(model), [0, 2, 1]
    slow = np.abs(slowly(slow_network.gradient, model, x, target))
    assert largest_miss(backpropagation(model, x, target), slow).max() < 1e-5
    options = {"l2": 0.3, "learning_rate": 0.02, "num_steps": 3}
    slow = slowly(slow_ascent(0.4, **options), model, x, target)
    result = class_model_visualization(model, target, start=x, mean=0.4, **options)
    assert largest_miss(result - x, slow - x).max() < 1e-4  # differences of numbers near 1


@pytest.mark.slow
def test_a_trained_network_agrees_with_the_equation():
    model, digits = networks.load("mnist_cnn"), data.mnist()
    x, target = digits.x_test[:5], digits.y_test[:5]
    slow = np.abs(slowly(slow_network.gradient, model, x, target))
    miss = np.sort(largest_miss(backpropagation(model, x, target), slow))
    assert miss[-1] < 1e-3  # one pixel at a kink of a ReLU may differ
    assert miss[-2] < 1e-4


def test_its_square_is_the_sensitivity():
    model = small_network("overlapping_max")
    x = images_for(model)
    assert largest_miss(backpropagation(model, x, 1) ** 2, sensitivity_analysis(model, x, 1)).max() < 1e-6


def test_the_ascent_of_a_linear_network_ends_where_the_penalty_balances_the_weights():
    weights = np.array([[3.0, 0.0], [-2.0, 1.0]])
    layers = [{"type": "Input", "shape": [2]}, {"type": "Dense", "units": 2, "use_bias": False}]
    model, mean = networks.build(layers, [weights]), np.array([[0.5, 1.0], [7.0, -1.0]])
    result = class_model_visualization(
        model, [0, 1], start=np.zeros((2, 2)), l2=0.5, mean=mean, learning_rate=0.5, num_steps=60
    )
    np.testing.assert_allclose(result, mean + weights.T, rtol=1e-5)  # w = 2 l2 (x - mean)


def test_the_objective_rises_on_a_trained_network():
    model, digits = networks.load("mnist_cnn"), data.mnist()
    start = np.stack([digits.x_train[digits.y_train == digit].mean(axis=0) for digit in range(10)])
    images = class_model_visualization(model, range(10), start=start, mean=start, num_steps=20)
    before, after = (np.diag(model(x)) for x in (start, images))
    assert (after - 0.01 * np.square(images - start).sum(axis=(1, 2, 3)) > before + 1).all()
    assert images.dtype == np.float32
    assert images.min() < 0  # not clipped


def test_no_step_is_the_start_and_rows_do_not_meet():
    model = small_network("strided_same")
    start, target = images_for(model), [0, 1, 2]
    np.testing.assert_array_equal(class_model_visualization(model, target, start=start, num_steps=0), start)
    together = class_model_visualization(model, target, start=start, mean=start, num_steps=4)
    alone = [
        class_model_visualization(model, t, start=start[i : i + 1], mean=start[i], num_steps=4)[0]
        for i, t in enumerate(target)
    ]
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_options_do_not_compile_anew():
    model = small_network("dense")
    for rate, steps, l2 in ((0.1, 1, 0.0), (0.2, 2, 0.1)):
        class_model_visualization(model, 0, start=images_for(model), learning_rate=rate, num_steps=steps, l2=l2)
    assert len(model.__dict__["_understanding_nn_traces"]) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"l2": -1.0}, "l2 is"),
        ({"learning_rate": 0.0}, "learning_rate is"),
        ({"learning_rate": np.nan}, "learning_rate is"),
        ({"num_steps": 1.5}, "num_steps is"),
        ({"num_steps": -1}, "num_steps is"),
        ({"mean": np.zeros(3)}, "mean has shape"),
        ({"start": np.zeros((1, 5, 5, 1))}, "x has shape"),
    ],
)
def test_an_ascent_that_cannot_be(options, message):
    model = small_network("dense")
    with pytest.raises(ArgumentError, match=message):
        class_model_visualization(model, 0, **{"start": images_for(model), **options})


def test_a_softmax_is_refused_before_the_ascent():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    with pytest.raises(UnsupportedLayerError, match="softmax"):
        class_model_visualization(model, 0, start=np.zeros((1, 2)))
