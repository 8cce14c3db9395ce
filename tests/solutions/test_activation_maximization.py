import numpy as np
import pytest

from solutions.activation_maximization import activation_maximization, am_objective
from tests.solutions import slow_network
from tests.solutions.small_networks import images_for, largest_miss, small_network
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError, UnsupportedLayerError

TARGETS = [0, 2, 1]


def slowly(model, mean, l2):
    """The objective of one image, from the equation, in float64."""
    layers, weights = networks.describe(model)

    def objective(x, target, i):
        center = np.broadcast_to(mean, (3, *model.input_shape[1:]))[i]
        return slow_network.log_probability(layers, weights, x, target) - l2 * ((x - center) ** 2).sum()

    return objective


def ascended(objective, start, num_steps, learning_rate):
    x = np.array(start, np.float64)
    for _ in range(num_steps):
        gradients = [
            slow_network.slope(lambda image, i=i: objective(image, TARGETS[i], i), x[i]) for i in range(len(x))
        ]
        x = x + learning_rate * np.stack(gradients)
    return x


@pytest.fixture
def class_means():
    digits = data.mnist()
    return np.stack([digits.x_train[digits.y_train == digit].mean(axis=0) for digit in range(10)])


@pytest.mark.parametrize(("name", "mean", "l2"), [("strided_same", 0.0, 0.01), ("dense", "each", 0.3)])
def test_objective_and_steps_agree_with_the_equation(name, mean, l2):
    model = small_network(name)
    x = images_for(model)
    mean = images_for(model, seed=1) if mean == "each" else mean
    slow = slowly(model, mean, l2)
    expected = [slow(np.float64(x[i]), target, i) for i, target in enumerate(TARGETS)]
    np.testing.assert_allclose(am_objective(model, x, TARGETS, l2=l2, mean=mean), expected, rtol=1e-5)
    result = activation_maximization(model, TARGETS, start=x, l2=l2, mean=mean, learning_rate=0.2, num_steps=2)
    assert largest_miss(result - x, ascended(slow, x, 2, 0.2) - x).max() < 1e-4


def test_no_step_leaves_the_start():
    model = small_network("dense")
    x = images_for(model)
    np.testing.assert_array_equal(activation_maximization(model, 1, start=x, num_steps=0), x)


def test_from_the_class_means_all_ten_prototypes_are_certain(class_means):
    model = networks.load("mnist_mlp")
    options = {"start": class_means, "mean": class_means}
    prototypes = activation_maximization(model, range(10), **options)
    log_probability = am_objective(model, prototypes, range(10), l2=0)
    assert np.exp(log_probability).min() > 0.99
    before = am_objective(model, class_means, range(10), mean=class_means)
    assert (am_objective(model, prototypes, range(10), mean=class_means) >= before).all()
    assert prototypes.min() < 0  # nothing holds pixels in [0, 1]


def test_on_a_network_without_biases_an_ascent_from_black_never_moves():
    black = np.zeros((10, 28, 28, 1))
    assert not activation_maximization(networks.load("mnist_mlp"), range(10), start=black, num_steps=5).any()


def test_a_penalty_alone_leads_to_the_mean():
    model = small_network("dense")
    model.layers[-1].kernel.assign(np.zeros((8, 4)))  # no image is better than another
    x, mean = images_for(model), images_for(model, seed=1)
    halfway = activation_maximization(model, 0, start=x, mean=mean, l2=0.25, learning_rate=1.0, num_steps=1)
    np.testing.assert_allclose(halfway, (x + mean) / 2, atol=1e-6)


def test_prototypes_do_not_depend_on_each_other():
    model = small_network("strided_same")
    x = images_for(model)
    together = activation_maximization(model, TARGETS, start=x, mean=x, num_steps=5)
    alone = [
        activation_maximization(model, TARGETS[i], start=x[i : i + 1], mean=x[i], num_steps=5)[0] for i in range(3)
    ]
    assert largest_miss(together, np.stack(alone)).max() < 1e-5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"l2": -0.1}, "l2 is -0.1"),
        ({"learning_rate": 0}, "learning_rate is 0"),
        ({"num_steps": 2.5}, "num_steps is 2.5"),
        ({"mean": np.zeros((2, 6, 6, 1))}, "mean has shape"),
        ({"target": 4}, "out of range"),
        ({"start": np.full((3, 6, 6, 1), np.nan)}, "NaN"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    model = small_network("dense")
    with pytest.raises(ArgumentError, match=message):
        activation_maximization(model, **{"target": 1, "start": images_for(model), **options})


def test_probabilities_are_refused():
    layers = [{"type": "Input", "shape": [4]}, {"type": "Softmax"}]
    with pytest.raises(UnsupportedLayerError, match="softmax"):
        am_objective(networks.build(layers, []), np.zeros((1, 4)), 0)
