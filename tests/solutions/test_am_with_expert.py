import numpy as np
import pytest

from solutions.am_with_expert import am_with_expert, expert_objective, rbm_log_density
from tests.solutions import slow_network
from tests.solutions.small_networks import images_for, largest_miss, small_network
from understanding_nn import data, networks, rbm
from understanding_nn.errors import ArgumentError

TARGETS = [0, 2, 1]


def small_expert(model, hidden=3, seed=0):
    rng, pixels = np.random.default_rng(seed), int(np.prod(model.input_shape[1:]))
    return rng.standard_normal((pixels, hidden)), rng.standard_normal(pixels), rng.standard_normal(hidden)


def slow_density(x, weights, visible_bias, hidden_bias):
    """Sums over every state of the hidden units: what log(1 + exp(...)) is short for."""
    x, total = np.ravel(np.float64(x)), 0.0
    for state in np.ndindex(*[2] * len(hidden_bias)):
        h = np.array(state)
        total += np.exp(x @ visible_bias + h @ hidden_bias + x @ weights @ h)
    return np.log(total)


def slow_objective(model, expert, strength):
    layers, weights = networks.describe(model)
    return lambda x, target: (
        slow_network.log_probability(layers, weights, x, target) + strength * slow_density(x, *expert)
    )


@pytest.fixture(scope="module")
def packaged():
    machine = rbm.load()
    return machine.weights, machine.visible_bias, machine.hidden_bias


@pytest.fixture(scope="module")
def class_means():
    digits = data.mnist()
    return np.stack([digits.x_train[digits.y_train == digit].mean(axis=0) for digit in range(10)])


def test_log_density_sums_over_all_hidden_states():
    model = small_network("dense")
    expert, x = small_expert(model), images_for(model)
    expected = [slow_density(image, *expert) for image in x]
    np.testing.assert_allclose(rbm_log_density(x, *expert), expected, rtol=1e-5)
    np.testing.assert_allclose(rbm_log_density(x.reshape(3, -1), *expert), expected, rtol=1e-5)


def test_log_density_of_many_hidden_units_does_not_overflow():
    assert rbm_log_density(np.ones((1, 4)), np.full((4, 3), 1e4), np.zeros(4), np.zeros(3)) == pytest.approx(1.2e5)


@pytest.mark.parametrize(("name", "strength"), [("strided_same", 0.2), ("dense", 0.0)])
def test_objective_and_steps_agree_with_the_equation(name, strength):
    model = small_network(name)
    expert, x = small_expert(model), images_for(model)
    slow = slow_objective(model, expert, strength)
    expected = [slow(x[i], target) for i, target in enumerate(TARGETS)]
    np.testing.assert_allclose(expert_objective(model, x, TARGETS, *expert, strength=strength), expected, rtol=1e-5)
    result = am_with_expert(model, TARGETS, *expert, start=x, strength=strength, learning_rate=0.1, num_steps=2)
    steps = np.float64(x)
    for _ in range(2):
        slopes = [slow_network.slope(lambda image, i=i: slow(image, TARGETS[i]), steps[i]) for i in range(3)]
        steps = np.clip(steps + 0.1 * np.stack(slopes), 0, 1)
    assert largest_miss(result, steps).max() < 1e-4


def test_each_step_ends_in_the_range_of_pixels():
    model = small_network("dense")
    x = 3 * images_for(model) - 1
    options = {"start": x, "learning_rate": 0.5}
    np.testing.assert_array_equal(am_with_expert(model, 1, *small_expert(model), num_steps=0, **options), x)
    result = am_with_expert(model, 1, *small_expert(model), strength=1.0, num_steps=1, **options)
    assert (result.min(), result.max()) == (0, 1)


def test_prototypes_are_certain_and_likely_from_the_class_means(packaged, class_means):
    model = networks.load("mnist_mlp")
    prototypes = am_with_expert(model, range(10), *packaged, start=class_means)
    assert np.exp(expert_objective(model, prototypes, range(10), *packaged, strength=0)).min() > 0.99
    before, after = (rbm_log_density(x, *packaged) for x in (class_means, prototypes))
    assert (after > before).all()
    held_out = rbm_log_density(data.mnist().x_test, *packaged)
    assert after.min() > np.quantile(held_out, 0.05)
    decisions = np.argmax(networks.load("mnist_cnn")(prototypes), axis=1)
    assert (decisions == np.arange(10)).sum() >= 9


def test_the_expert_takes_a_black_image_for_a_likely_one(packaged):
    """What the chapter warns of."""
    black = rbm_log_density(np.zeros((1, 28, 28, 1)), *packaged)
    assert black > rbm_log_density(data.mnist().x_test, *packaged).max()


def test_prototypes_do_not_depend_on_each_other():
    model = small_network("strided_same")
    expert, x = small_expert(model), images_for(model)
    together = am_with_expert(model, TARGETS, *expert, start=x, num_steps=5)
    alone = [am_with_expert(model, TARGETS[i], *expert, start=x[i : i + 1], num_steps=5)[0] for i in range(3)]
    assert largest_miss(together, np.stack(alone)).max() < 1e-5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strength": -1}, "strength is -1"),
        ({"num_steps": -1}, "num_steps is -1"),
        ({"weights": np.zeros((3, 36))}, r"weights has shape \(3, 36\); expected \(36, hidden\)"),
        ({"visible_bias": np.zeros(5)}, r"visible_bias has shape \(5,\); expected \(36,\)"),
        ({"hidden_bias": np.zeros(36)}, r"hidden_bias has shape \(36,\); expected \(3,\)"),
        ({"hidden_bias": np.full(3, np.inf)}, "hidden_bias has values that are NaN or infinite"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    model = small_network("dense")
    parts = dict(zip(("weights", "visible_bias", "hidden_bias"), small_expert(model), strict=True))
    with pytest.raises(ArgumentError, match=message):
        am_with_expert(model, 1, **{**parts, "start": images_for(model), **options})
