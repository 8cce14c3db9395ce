import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from solutions.lrp import lrp, lrp_conv, lrp_dense, lrp_epsilon, lrp_pool
from solutions.simple_taylor_decomposition import simple_taylor_decomposition
from tests.solutions import slow_rules
from tests.solutions.random_networks import drawn_networks
from tests.solutions.small_networks import (
    DIGIT_NETWORKS,
    MAKERS,
    images_for,
    largest_miss,
    relative_gap,
    slowly,
    small_network,
)
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError, UnsupportedLayerError

Z_PLUS = {"alpha": 1.0, "beta": 0.0}
OPTIONS = [{}, Z_PLUS, {**Z_PLUS, "pool_rule": "proportional"}, {"alpha": 3.0, "beta": 2.0}]


def with_options(rule, options):
    return lambda layers, weights, image, target: rule(layers, weights, image, target, **options)


@pytest.mark.parametrize("name", MAKERS)
def test_small_networks_agree_with_the_equation(name):
    model = small_network(name)
    target = [0, 2, 1]
    for x in (images_for(model), images_for(model) - 0.5):
        for options in OPTIONS:
            slow = slowly(with_options(slow_rules.lrp, options), model, x, target)
            assert largest_miss(lrp(model, x, target, **options), slow).max() < 1e-5
        slow = slowly(slow_rules.lrp_epsilon, model, x, target)
        assert largest_miss(lrp_epsilon(model, x, target), slow).max() < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("name", DIGIT_NETWORKS)
def test_trained_networks_agree_with_the_equation(name):
    model, digits = networks.load(name), data.mnist()
    x, target = digits.x_test[:3], digits.y_test[:3]
    assert largest_miss(lrp(model, x, target), slowly(slow_rules.lrp, model, x, target)).max() < 1e-4
    slow = slowly(slow_rules.lrp_epsilon, model, x, target)
    assert largest_miss(lrp_epsilon(model, x, target), slow).max() < 1e-3


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(drawn_networks(bias=False), st.sampled_from(["winner_take_all", "proportional"]))
def test_alpha_1_conserves_on_any_network_without_biases(drawn, pool_rule):
    model, x = drawn.build(), drawn.images()
    logits = model(x).numpy()
    target = logits.argmax(axis=1)
    # A logit below 0 may have no positive contribution, and is dropped then.
    positive, value = logits.max(axis=1) > 0, logits.max(axis=1)
    relevance = lrp(model, x, target, alpha=1.0, beta=0.0, pool_rule=pool_rule)
    assert relative_gap(relevance, value, at_least=0.1)[positive].max(initial=0) < 1e-5
    assert relative_gap(lrp_epsilon(model, x, target, epsilon=1e-9), value, at_least=0.1).max() < 1e-3


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(drawn_networks())
def test_any_network_agrees_with_the_equation(drawn):
    model, x = drawn.build(), drawn.images(2)
    slow = slowly(slow_rules.lrp, model, x, [0, 1])
    assert largest_miss(lrp(model, x, [0, 1]), slow, at_least=1e-2).max() < 1e-4


LAYERS = st.fixed_dictionaries(
    {
        "size": st.tuples(st.integers(4, 9), st.integers(4, 9), st.integers(1, 3), st.integers(1, 4)),
        "window": st.tuples(st.integers(1, 4), st.integers(1, 4)),
        "strides": st.tuples(st.integers(1, 3), st.integers(1, 3)),
        "padding": st.sampled_from(["same", "valid"]),
        "seed": st.integers(0, 2**16),
    }
)


@settings(max_examples=60, deadline=None)
@given(LAYERS)
def test_rules_for_one_layer_conserve_at_inputs_of_either_sign(layer):
    rng = np.random.default_rng(layer["seed"])
    height, width, channels, filters = layer["size"]
    a, w = rng.standard_normal((2, height, width, channels)), rng.standard_normal((*layer["window"], channels, filters))
    where = {"strides": layer["strides"], "padding": layer["padding"]}
    z = tf.nn.conv2d(a, w, layer["strides"], layer["padding"].upper()).numpy()
    R = np.where(z > 0, rng.random(z.shape), 0)  # a neuron that fires has a contribution to hand its relevance to
    assert relative_gap(lrp_conv(a, w, None, R, **where), R.sum(axis=(1, 2, 3))).max() < 1e-5
    flat, kernel = a.reshape(2, -1), rng.standard_normal((height * width * channels, filters))
    R = rng.random((2, filters))
    assert relative_gap(lrp_dense(flat, kernel, None, R), R.sum(axis=1)).max() < 1e-5
    y = tf.nn.max_pool2d(a, layer["window"], layer["strides"], layer["padding"].upper()).numpy()
    R = rng.random(y.shape)
    for rule in ("winner_take_all", "proportional"):
        back = lrp_pool(abs(a), R, pool_size=layer["window"], **where, rule=rule)
        assert relative_gap(back, R.sum(axis=(1, 2, 3))).max() < 1e-5


def test_a_dense_layer_by_hand():
    a, w, R = [[1.0, 2.0]], [[3.0, -1.0], [-1.0, 1.0]], [[6.0, 4.0]]
    # Contributions (3, -1) and (-2, 2): z⁺ = (3, 2), z⁻ = (-2, -1).
    np.testing.assert_allclose(lrp_dense(a, w, None, R), [[6, 4]])
    np.testing.assert_allclose(lrp_dense(a, w, None, R, alpha=2.0, beta=1.0), [[12 - 4, 8 - 6]])
    # Positive biases are in z⁺, negative ones in z⁻: z⁺ = (3 + 3, 2), z⁻ = (-2, -1 - 1).
    biased = lrp_dense(a, w, [3.0, -1.0], R, alpha=2.0, beta=1.0)
    np.testing.assert_allclose(biased, [[2 * 3 / 6 * 6 - 1 / 2 * 4, 2 * 4 - 6]])


def test_contributions_are_split_by_sign_not_weights():
    # a = (-1, 2): the contributions are (-1)(-3) = 3 and 2 · 1 = 2, both positive.
    np.testing.assert_allclose(lrp_dense([[-1.0, 2.0]], [[-3.0], [1.0]], None, [[5.0]]), [[3, 2]])


def test_relevance_without_contributions_is_dropped_without_nan():
    zeros = lrp_dense(np.zeros((1, 3)), np.ones((3, 2)), None, np.ones((1, 2)), alpha=2.0, beta=1.0)
    assert zeros.tolist() == [[0, 0, 0]]
    assert not lrp_conv(np.zeros((1, 4, 4, 1)), np.ones((3, 3, 1, 2)), None, np.ones((1, 4, 4, 2))).any()
    assert not lrp_pool(np.zeros((1, 2, 2, 1)), np.ones((1, 1, 1, 1)), rule="proportional").any()
    assert not lrp_dense([[1.0]], [[-2.0]], None, [[3.0]]).any()
    assert lrp_dense([[1.0]], [[0.0]], [2.0], [[3.0]]).tolist() == [[0]]  # the bias takes all of it


def test_the_first_of_equal_values_takes_all():
    a, R = np.ones((1, 2, 2, 1)), np.full((1, 1, 1, 1), 5.0)
    assert lrp_pool(a, R).ravel().tolist() == [5, 0, 0, 0]
    assert lrp_pool(a, R, rule="proportional").ravel().tolist() == [1.25] * 4


def test_overlapping_windows_add_up():
    a, R = np.array([0.0, 3.0, 1.0]).reshape(1, 1, 3, 1), np.array([2.0, 4.0]).reshape(1, 1, 2, 1)
    assert lrp_pool(a, R, pool_size=(1, 2), strides=1).ravel().tolist() == [0, 6, 0]
    assert lrp_pool(a, R, pool_size=(1, 2), strides=1, rule="proportional").ravel().tolist() == [0, 5, 1]


def test_a_convolution_that_sees_all_is_a_dense_layer():
    rng = np.random.default_rng(0)
    a, w, b, R = (rng.standard_normal(size) for size in ((2, 3, 4, 2), (3, 4, 2, 5), (5,), (2, 1, 1, 5)))
    dense = lrp_dense(a.reshape(2, -1), w.reshape(-1, 5), b, R.reshape(2, 5), alpha=2.0, beta=1.0)
    conv = lrp_conv(a, w, b, R, padding="valid", alpha=2.0, beta=1.0)
    np.testing.assert_allclose(conv.reshape(2, -1), dense, rtol=1e-4, atol=1e-5)


def test_epsilon_to_zero_is_gradient_times_input_without_biases():
    model = small_network("bias_free_max")
    x = images_for(model) - 0.3
    assert largest_miss(lrp_epsilon(model, x, 1, epsilon=1e-9), simple_taylor_decomposition(model, x, 1)).max() < 1e-3


def test_epsilon_takes_relevance():
    model = small_network("bias_free_max")
    x = images_for(model)
    sums = [abs(lrp_epsilon(model, x, 1, epsilon=epsilon).sum(axis=(1, 2, 3))) for epsilon in (1e-9, 0.1, 1, 10)]
    assert (np.diff(sums, axis=0) < 0).all()


def test_alpha_2_beta_1_doubles_where_nothing_is_against():
    layers = [{"type": "Input", "shape": [2]}, {"type": "Dense", "units": 1, "use_bias": False}]
    model = networks.build(layers, [[[3.0], [1.0]]])
    assert lrp(model, [[1.0, 2.0]], 0).tolist() == [[6, 4]]
    assert lrp(model, [[1.0, 2.0]], 0, **Z_PLUS).tolist() == [[3, 2]]


def test_biases_keep_their_share():
    model = small_network("overlapping_max")
    x = images_for(model)
    target = model(x).numpy().argmax(axis=1)
    value = model(x).numpy().max(axis=1)
    assert (value > 0).all()
    assert relative_gap(lrp(model, x, target, **Z_PLUS), value).max() > 1e-2


def test_average_pooling_ignores_the_rule_for_max_pooling():
    model = small_network("average_and_global")
    x = images_for(model)
    expected = lrp(model, x, 1)
    np.testing.assert_array_equal(lrp(model, x, 1, pool_rule="proportional"), expected)


def test_building_blocks_work_inside_a_compiled_function():
    a, w, R = tf.constant([[1.0, 2.0]]), tf.constant([[3.0], [-1.0]]), tf.constant([[1.0]])
    compiled = tf.function(lambda a: lrp_dense(a, w, None, R, alpha=2.0, beta=1.0) + 1)
    np.testing.assert_allclose(compiled(a), lrp_dense(a, w, None, R, alpha=2.0, beta=1.0) + 1)


def test_alpha_minus_beta_must_be_1():
    a, w, R = np.ones((1, 2)), np.ones((2, 1)), np.ones((1, 1))
    model = small_network("dense")
    for alpha, beta in ((1.0, 1.0), (2.0, 0.0), (0.0, -1.0), (np.nan, 0.0)):
        with pytest.raises(ArgumentError, match=r"alpha - beta = 1"):
            lrp_dense(a, w, None, R, alpha=alpha, beta=beta)
        with pytest.raises(ArgumentError, match=r"alpha - beta = 1"):
            lrp(model, images_for(model), 0, alpha=alpha, beta=beta)


def test_unknown_rules_and_epsilons_are_refused():
    model = small_network("overlapping_max")
    x = images_for(model)
    with pytest.raises(ArgumentError, match=r"'loser'.*winner_take_all"):
        lrp(model, x, 0, pool_rule="loser")
    for epsilon in (0.0, -0.1, np.nan, np.inf):
        with pytest.raises(ArgumentError, match="epsilon"):
            lrp_epsilon(model, x, 0, epsilon=epsilon)


def test_a_layer_without_a_rule_is_named():
    layers = [keras.layers.Flatten(), keras.layers.BatchNormalization(name="norm"), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((4, 4, 1)), *layers])
    for method in (lrp, lrp_epsilon):
        with pytest.raises(UnsupportedLayerError, match="norm"):
            method(model, np.zeros((1, 4, 4, 1)), 0)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras under NumPy 2
def test_a_saved_and_loaded_sequential_network(tmp_path):
    model = small_network("strided_same")
    x = images_for(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(lrp(loaded, x, 1), lrp(model, x, 1), rtol=1e-5)
