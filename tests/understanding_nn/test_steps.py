import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings

from tests.solutions.random_networks import drawn_networks
from tests.solutions.small_networks import MAKERS, images_for, small_network
from understanding_nn.errors import ArgumentError, UnsupportedLayerError
from understanding_nn.steps import Step, inputs_of, steps_of

L = keras.layers


def chain(*layers, shape=(6, 6, 2)):
    return keras.Sequential([keras.Input(shape), *layers])


@pytest.mark.parametrize("name", MAKERS)
def test_the_steps_compute_what_the_network_computes(name):
    model = small_network(name)
    x = tf.constant(images_for(model))
    steps = steps_of(model)
    activations = inputs_of(steps, x)
    assert len(activations) == len(steps) + 1
    assert activations[0] is x
    np.testing.assert_allclose(activations[-1], model(x), rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(drawn_networks())
def test_the_steps_of_any_network_compute_what_it_computes(drawn):
    model, x = drawn.build(), tf.constant(drawn.images())
    np.testing.assert_allclose(inputs_of(steps_of(model), x)[-1], model(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", MAKERS)
def test_all_steps_backward_are_the_gradient(name):
    model = small_network(name)
    x = tf.constant(images_for(model))
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = model(x)
    steps = steps_of(model)
    *activations, last = inputs_of(steps, x)
    r = tf.ones_like(last)
    for step, a in zip(reversed(steps), reversed(activations), strict=True):
        r = step.backward(a, r)
    np.testing.assert_allclose(r, tape.gradient(logits, x), rtol=1e-4, atol=1e-5)


def test_a_layer_with_an_activation_is_two_steps():
    model = small_network("separate_activations")
    assert [step.kind for step in steps_of(model)] == [
        "conv",
        "relu",
        "average_pool",
        "flatten",
        "dense",
        "relu",
        "dense",
    ]
    model = chain(L.Conv2D(3, (2, 3), strides=2, padding="same", activation="relu", name="c"), L.Flatten(), L.Dense(2))
    conv, relu, _, dense = steps_of(model)
    assert (conv.name, relu.name) == ("c", "c")
    assert (conv.kernel.shape, conv.strides, conv.padding) == ((2, 3, 2, 3), (2, 2), "same")
    assert dense.bias.shape == (2,)
    assert (relu.kernel, relu.bias) == (None, None)


def test_pooling_keeps_its_window():
    pool = steps_of(chain(L.MaxPooling2D((3, 2), strides=(1, 2), padding="same"), L.Flatten(), L.Dense(2)))[0]
    assert (pool.kind, pool.pool_size, pool.strides, pool.padding) == ("max_pool", (3, 2), (1, 2), "same")
    assert steps_of(chain(L.AveragePooling2D(2)))[0].strides == (2, 2)


def test_changed_weights_are_seen():
    model = small_network("dense")
    before = steps_of(model)[1].kernel.numpy()
    model.layers[1].kernel.assign(before + 1)
    np.testing.assert_array_equal(steps_of(model)[1].kernel, before + 1)


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: L.BatchNormalization(name="odd"), "BatchNormalization"),
        (lambda: L.Conv2D(2, 3, activation="tanh", name="odd"), "tanh"),
        (lambda: L.Conv2D(2, 3, dilation_rate=2, name="odd"), "dilation_rate"),
        (lambda: L.Conv2D(2, 3, groups=2, name="odd"), "groups"),
        (lambda: L.ReLU(max_value=6, name="odd"), "max_value"),
        (lambda: L.ReLU(negative_slope=0.1, name="odd"), "negative_slope"),
        (lambda: L.LeakyReLU(name="odd"), "LeakyReLU"),
        (lambda: L.Softmax(name="odd"), "softmax"),
        (lambda: L.Conv2D(2, 3, activation="softmax", name="odd"), "softmax"),
        (lambda: L.Conv2D(2, 3, activation="sigmoid", name="odd"), "sigmoid"),
        (lambda: L.UpSampling2D(2, name="odd"), "UpSampling2D"),
        (lambda: L.DepthwiseConv2D(3, name="odd"), "DepthwiseConv2D"),
        (lambda: L.GlobalMaxPooling2D(name="odd"), "GlobalMaxPooling2D"),
        (lambda: L.GlobalAveragePooling2D(keepdims=True, name="odd"), "keepdims"),
        (lambda: keras.Sequential([L.Conv2D(2, 3)], name="odd"), "Sequential"),
    ],
)
def test_what_has_no_rule_is_refused_by_name(layer, message):
    with pytest.raises(UnsupportedLayerError, match=rf"'odd'.*{message}"):
        steps_of(chain(layer(), L.Flatten(), L.Dense(2)))


def test_a_dense_layer_on_feature_maps_is_refused():
    model = chain(L.Dense(3, name="odd"), L.Flatten(), L.Dense(2))
    with pytest.raises(UnsupportedLayerError, match=r"'odd'.*Flatten"):
        inputs_of(steps_of(model), tf.zeros((1, 6, 6, 2)))


def test_what_is_no_network_is_refused():
    with pytest.raises(ArgumentError, match=r"keras\.Model"):
        steps_of([Step("relu", "hidden")])
