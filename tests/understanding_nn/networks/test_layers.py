import json
import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from tests.solutions.small_networks import MAKERS, images_for, small_network
from understanding_nn import networks
from understanding_nn.errors import ArgumentError, UnderstandingNNError, UnsupportedLayerError
from understanding_nn.networks.checks import PARAMETERS, check_layers

L = keras.layers
IMAGE = {"type": "Input", "shape": [8, 8, 1]}
FLAT = {"type": "Input", "shape": [4]}
CONV = {"type": "Conv2D", "filters": 2, "kernel_size": 3}


@pytest.mark.parametrize("name", MAKERS)
def test_build_is_the_inverse_of_describe(name):
    model = small_network(name)
    layers, weights = networks.describe(model)
    layers = json.loads(json.dumps(layers))
    built = networks.build(layers, weights)
    x = images_for(model)
    np.testing.assert_array_equal(built(x), model(x))
    again, weights_again = networks.describe(built)
    assert again == layers
    assert all(np.array_equal(a, b) for a, b in zip(weights, weights_again, strict=True))


def test_a_softmax_can_be_sent():
    layers = [FLAT, {"type": "Dense", "units": 2, "activation": "softmax"}]
    assert float(
        tf.reduce_sum(networks.build(layers, [np.ones((4, 2)), np.zeros(2)])(np.ones((1, 4))))
    ) == pytest.approx(1)
    networks.build([FLAT, {"type": "Softmax"}], [])


def test_a_generator_can_be_sent():
    layers = [
        FLAT,
        {"type": "Dense", "name": "hidden", "units": 12, "activation": "relu"},
        {"type": "Reshape", "name": "maps", "target_shape": [2, 3, 2]},
        {"type": "UpSampling2D", "name": "larger", "size": [2, 1]},
        {**CONV, "name": "image", "filters": 1, "padding": "same", "activation": "sigmoid"},
    ]
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(shape) for shape in ((4, 12), (12,), (3, 3, 2, 1), (1,))]
    model, codes = networks.build(layers, weights), rng.standard_normal((5, 4)).astype(np.float32)
    same = keras.Sequential(
        [
            keras.Input((4,)),
            L.Dense(12, activation="relu"),
            L.Reshape((2, 3, 2)),
            L.UpSampling2D((2, 1)),
            L.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    )
    same.set_weights(weights)
    np.testing.assert_allclose(model(codes), same(codes), atol=1e-6)
    assert model.output_shape == (None, 4, 3, 1)
    described, copies = networks.describe(same)
    again = networks.build(json.loads(json.dumps(described)), copies)
    np.testing.assert_array_equal(again(codes), same(codes))


def test_what_is_left_out_is_as_in_keras():
    pool = {"type": "MaxPooling2D"}
    model = networks.build([IMAGE, CONV, pool, {"type": "Flatten"}], [np.zeros((3, 3, 1, 2)), np.zeros(2)])
    same = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(2, 3), L.MaxPooling2D(), L.Flatten()])
    assert model.output_shape == same.output_shape == (None, 18)


def test_the_weights_are_copies():
    weights = [np.ones((4, 2)), np.zeros(2)]
    model = networks.build([FLAT, {"type": "Dense", "units": 2}], weights)
    weights[0][:] = 7
    networks.describe(model)[1][0][:] = 8
    assert model(np.ones((1, 4))).numpy().tolist() == [[4, 4]]


def test_building_moves_no_random_numbers():
    layers = [IMAGE, CONV, {"type": "Dropout", "rate": 0.5}]
    random.seed(0), np.random.seed(0), tf.random.set_seed(0)
    expected = random.random(), np.random.rand(), float(tf.random.uniform(()))
    random.seed(0), np.random.seed(0), tf.random.set_seed(0)
    networks.build(layers, [np.zeros((3, 3, 1, 2)), np.zeros(2)])
    assert (random.random(), np.random.rand(), float(tf.random.uniform(()))) == expected


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (None, "not a list"),
        ([IMAGE], "2 to 100"),
        ([FLAT] + [{"type": "ReLU"}] * 100, "2 to 100"),
        ([FLAT, "Dense"], "layer 1 has no type"),
        ([FLAT, {"type": ["Dense"]}], "layer 1 has no type"),
        ([{"type": "Flatten"}, FLAT], "expected Input as layer 0"),
        ([FLAT, FLAT], "expected Input as layer 0"),
        ([FLAT, {"type": "ReLU", "name": "a/b"}], "a/b"),
        ([FLAT, {"type": "ReLU", "name": "a" * 65}], "64 letters"),
        ([FLAT, {"type": "ReLU", "name": "same"}, {"type": "ReLU", "name": "same"}], "same"),
        ([FLAT, {"type": "ReLU", "max_value": 6}], "max_value"),
        ([FLAT, {"type": "Dense"}], "lacks 'units'"),
        ([FLAT, {"type": "Dense", "units": 0}], "whole number from 1"),
        ([FLAT, {"type": "Dense", "units": True}], "whole number"),
        ([FLAT, {"type": "Dense", "units": 2.0}], "whole number"),
        ([FLAT, {"type": "Dense", "units": 10**5000}], "whole number"),
        ([FLAT, {"type": "Dense", "units": 2, "use_bias": 1}], "use_bias"),
        ([{"type": "Input", "shape": [60000]}, {"type": "Dense", "units": 60000}], "too large"),
        ([{"type": "Input", "shape": [2, 2]}, {"type": "Flatten"}], r"\[H, W, C\]"),
        ([{"type": "Input", "shape": 4}, {"type": "Flatten"}], r"\[D\]"),
        ([{"type": "Input", "shape": [60000, 60000, 1]}, {"type": "ReLU"}], "too large"),
        ([IMAGE, {"type": "Dense", "units": 2}], "Flatten in front"),
        ([FLAT, CONV], r"\(H, W, C\)"),
        ([FLAT, {"type": "GlobalAveragePooling2D"}], r"\(H, W, C\)"),
        ([FLAT, {"type": "UpSampling2D"}], r"\(H, W, C\)"),
        ([IMAGE, {"type": "UpSampling2D", "size": 65}], "1 to 64"),
        ([{"type": "Input", "shape": [500, 500, 9]}, {"type": "UpSampling2D", "size": 64}], "too large"),
        ([FLAT, {"type": "Reshape"}], "lacks 'target_shape'"),
        ([FLAT, {"type": "Reshape", "target_shape": [2, 2]}], r"what 'layer1' makes has shape \[2, 2\]"),
        ([FLAT, {"type": "Reshape", "target_shape": [-1]}], "whole number from 1"),
        ([FLAT, {"type": "Reshape", "target_shape": [2, 2, 2]}], "of 4 values"),
        ([IMAGE, {**CONV, "kernel_size": 9}], "larger than its input"),
        ([IMAGE, {**CONV, "kernel_size": 65, "padding": "same"}], "1 to 64"),
        ([IMAGE, {**CONV, "kernel_size": [3, 3, 3]}], "a number or two"),
        ([IMAGE, {**CONV, "strides": 0}], "1 to 64"),
        ([IMAGE, {**CONV, "padding": "causal"}], "'same' or 'valid'"),
        ([{"type": "Input", "shape": [500, 500, 1]}, {**CONV, "kernel_size": 64, "filters": 20}], "too large"),
        ([FLAT, {"type": "Dropout", "rate": 1.0}], "below 1"),
        ([FLAT, {"type": "Dropout", "rate": "half"}], "below 1"),
    ],
)
def test_malformed_layers_are_refused(layers, message):
    with pytest.raises(ArgumentError, match=message):
        networks.build(layers, [])


@pytest.mark.parametrize(
    "layer", [{"type": "Lambda"}, {"type": "LSTM", "units": 2}, {"type": "Activation", "activation": "elu"}]
)
def test_other_layers_do_not_exist(layer):
    with pytest.raises(UnsupportedLayerError):
        networks.build([FLAT, layer], [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SIZES = st.integers(-1, 70) | st.lists(st.integers(0, 9), max_size=3) | JSON
PARAMETER_NAMES = sorted({name for known in PARAMETERS.values() for name in known} | {"name"})
LAYER = st.builds(
    lambda kind, rest: {"type": kind, **rest},
    st.sampled_from([*PARAMETERS, "Lambda"]),
    st.dictionaries(st.sampled_from(PARAMETER_NAMES), SIZES | st.sampled_from(["relu", "same"]), max_size=4),
)


@given(st.lists(st.just(IMAGE) | st.just(CONV) | LAYER | JSON, max_size=5) | JSON)
def test_whatever_comes_is_checked_or_refused(layers):
    try:
        checked = check_layers(layers)
    except UnderstandingNNError:
        return
    assert all(layer.keys() == {"type", "name", *PARAMETERS[layer["type"]]} for layer in checked)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (None, "NoneType arrays; expected 2"),
        ([np.zeros((4, 2))], "1 arrays; expected 2"),
        ([np.zeros((4, 2)), np.zeros(2), np.zeros(2)], "3 arrays"),
        ([np.zeros((2, 4)), np.zeros(2)], r"weight 0 has shape \(2, 4\).*\(4, 2\)"),
        ([np.zeros((4, 2)), np.array(["a", "b"])], "weight 1"),
        ([np.zeros((4, 2)), np.zeros(2, object)], "weight 1"),
        ([np.zeros((4, 2)), np.array([0, np.nan])], "weight 1 has values that are NaN"),
        ([np.zeros((4, 2)), [[1], [1, 2]]], "not an array"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    with pytest.raises(ArgumentError, match=message):
        networks.build([FLAT, {"type": "Dense", "units": 2}], weights)


@pytest.mark.parametrize(
    "layer",
    [
        L.Conv2D(2, 3, dilation_rate=2, name="odd"),
        L.Conv2D(2, 3, groups=2, name="odd"),
        L.Conv2D(2, 3, activation="gelu", name="odd"),
        L.ReLU(max_value=6, name="odd"),
        L.ReLU(negative_slope=0.1, name="odd"),
        L.LeakyReLU(name="odd"),
        L.BatchNormalization(name="odd"),
        L.Softmax(axis=1, name="odd"),
        L.UpSampling2D(interpolation="bilinear", name="odd"),
        type("Conv2D", (L.Conv2D,), {})(2, 3, name="odd"),
    ],
)
def test_a_network_that_cannot_be_described(layer):
    with pytest.raises(UnsupportedLayerError, match="'odd'"):
        networks.describe(keras.Sequential([keras.Input((8, 8, 2)), layer, L.Flatten(), L.Dense(2)]))


def test_names_that_keras_makes_are_kept_where_they_can_be():
    model = keras.Sequential([keras.Input((4,), name="an image"), L.Dense(2, name="logits")])
    assert [layer["name"] for layer in networks.describe(model)[0]] == ["layer0", "logits"]


def test_tensorflow_functions_are_activations_too():
    model = keras.Sequential([keras.Input((4,)), L.Dense(2, activation=tf.nn.relu)])
    assert networks.describe(model)[0][1]["activation"] == "relu"
