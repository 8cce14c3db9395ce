import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.solutions.small_networks import MAKERS, images_for, small_network
from understanding_nn import networks
from understanding_nn.errors import ArgumentError, UnsupportedLayerError
from understanding_nn.parts import check_channel, replace_relu, split
from understanding_nn.tracing import traced

L = keras.layers


@tf.custom_gradient
def doubling(x):
    """A ReLU that doubles what comes back, whatever went in."""
    return tf.nn.relu(x), lambda upstream: 2 * upstream


@pytest.mark.parametrize("name", MAKERS)
def test_with_its_own_relu_a_network_is_itself(name):
    model = small_network(name)
    x = images_for(model)
    np.testing.assert_allclose(replace_relu(model, tf.nn.relu)(x), model(x), rtol=1e-5, atol=1e-6)
    for layer in model.layers:
        if isinstance(layer, L.InputLayer):
            continue
        lower, upper = split(model, layer.name)
        maps = lower(x)
        np.testing.assert_allclose(upper(maps), model(x), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(replace_relu(model, tf.nn.relu, layer=layer.name)(x), maps, rtol=1e-5, atol=1e-6)
        assert check_channel(model, layer.name, maps.shape[-1] - 1) == maps.shape[-1] - 1


def test_every_relu_is_replaced_and_no_other_layer():
    model = small_network("separate_activations")  # one ReLU layer, one Activation
    x = images_for(model)
    seen = []

    def linear(a):
        seen.append(tuple(a.shape))
        return a

    logits = replace_relu(model, linear)(x)
    assert seen == [(3, 5, 6, 4), (3, 6)]
    halves = replace_relu(model, linear)(x / 2) - replace_relu(model, linear)(0 * x)
    np.testing.assert_allclose(halves, (logits - replace_relu(model, linear)(0 * x)) / 2, rtol=1e-4, atol=1e-5)
    assert not np.allclose(logits, model(x))


def test_a_layer_ends_behind_its_activation():
    model = small_network("dense")
    x = images_for(model)
    hidden = model.layers[1]
    assert replace_relu(model, tf.nn.relu, layer=hidden.name)(x).numpy().min() == 0
    assert split(model, hidden.name)[0](x).numpy().min() == 0
    assert replace_relu(model, tf.identity, layer=hidden.name)(x).numpy().min() < 0


def test_the_backward_rule_is_the_new_ones():
    # f = relu(x1) + relu(x2): one ReLU lies on the way.
    layers = [{"type": "Input", "shape": [2]}, {"type": "ReLU"}, {"type": "Dense", "units": 1}]
    model, x = networks.build(layers, [[[1.0], [1.0]], [0.0]]), tf.constant([[3.0, -3.0]])

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            logits = replace_relu(model, doubling)(x)
        return tape.gradient(logits, x)

    assert gradient(x).numpy().tolist() == [[2, 2]]
    assert traced(model, gradient)(x).numpy().tolist() == [[2, 2]]
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = model(x)
    assert tape.gradient(logits, x).numpy().tolist() == [[1, 0]]


def test_weights_are_shared_and_read_at_the_call():
    model = small_network("strided_same")
    x = images_for(model)
    whole, (lower, upper) = replace_relu(model, tf.nn.relu), split(model, model.layers[0].name)
    model.layers[0].kernel.assign(model.layers[0].kernel * 2)
    model.layers[-1].bias.assign_add([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(whole(x), model(x), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(upper(lower(x)), model(x), rtol=1e-5, atol=1e-5)


def test_parts_made_outside_a_compiled_function_work_inside():
    model = small_network("average_and_global")
    x = images_for(model)
    whole, (lower, upper) = replace_relu(model, tf.nn.relu), split(model, model.layers[2].name)

    def between(x):
        with tf.GradientTape() as tape:
            maps = lower(x)
            tape.watch(maps)
            logits = upper(maps)
        return tape.gradient(logits, maps), whole(x)

    gradient, logits = traced(model, between)(x)
    assert gradient.shape == (3, 2, 2, 6)
    assert gradient.numpy().any()
    np.testing.assert_allclose(logits, model(x), rtol=1e-5, atol=1e-6)
    model.layers[0].kernel.assign(model.layers[0].kernel * 2)
    np.testing.assert_allclose(traced(model, between)(x)[1], model(x), rtol=1e-5, atol=1e-6)


def test_split_takes_layers_of_any_kind_as_in_use():
    model = keras.Sequential([keras.Input((4, 4, 1)), L.Conv2D(3, 3, activation="elu"), L.BatchNormalization()])
    for layer in (L.Dropout(0.9), L.Flatten(), L.Dense(2)):
        model.add(layer)
    x = images_for(model)
    lower, upper = split(model, model.layers[1].name)
    np.testing.assert_allclose(upper(lower(x)), model(x, training=False), rtol=1e-5, atol=1e-6)
    with pytest.raises(UnsupportedLayerError, match="elu"):
        replace_relu(model, tf.nn.relu)


@pytest.mark.parametrize("function", [split, lambda model, name: replace_relu(model, tf.nn.relu, layer=name)])
def test_a_layer_that_is_not_there_is_answered_with_those_that_are(function):
    with pytest.raises(ArgumentError, match=r"no layer 'conv9'; expected one of its layers: conv1, pool1, .*logits"):
        function(networks.load("mnist_cnn"), "conv9")
    with pytest.raises(ArgumentError, match=r"no layer 3"):
        function(networks.load("mnist_cnn"), 3)


def test_what_is_no_chain_is_refused():
    image = keras.Input((4,))
    branching = keras.Model(image, L.Add()([L.Dense(2, name="left")(image), L.Dense(2)(image)]))
    for part in (lambda: split(branching, "left"), lambda: replace_relu(branching, tf.nn.relu)):
        with pytest.raises(UnsupportedLayerError, match="chain"):
            part()
    with pytest.raises(ArgumentError, match=r"keras\.Model"):
        split("mnist_cnn", "conv1")


@pytest.mark.parametrize("channel", [16, -1, 1.0, True, None, "3"])
def test_a_channel_that_is_not_there(channel):
    with pytest.raises(ArgumentError, match=r"channel is .*; expected a whole number from 0 to 15"):
        check_channel(networks.load("mnist_cnn"), "conv1", channel)
