"""A network in parts, or with another ReLU: its own layers and weights, put together anew; the network is unchanged."""

from collections.abc import Callable

import keras
import tensorflow as tf

from understanding_nn.array_arguments import check_whole
from understanding_nn.chain import layers_of
from understanding_nn.errors import ArgumentError
from understanding_nn.steps import steps_of

Function = Callable[[tf.Tensor], tf.Tensor]


def replace_relu(model: keras.Model, relu: Function, *, layer: str | None = None) -> Function:
    """Returns what a network computes, with each of its ReLUs computed by another function.

    The weights are the network's own, of the moment at which the function is called. Nothing is copied and the network
    is not changed. Inside a function that ``traced`` compiles, it may be made and called.

    Args:
        model: a chain of the layers that ``understanding_nn.steps.steps_of`` knows.
        relu: takes a ReLU's input, gives its output, both tensors of the same shape: for instance a function with
            ``tf.custom_gradient``.
        layer: name of the layer at whose output, after its activation, to stop; None goes on to the logits.

    Returns:
        A function of images, a tensor (N, H, W, C) or (N, D), float32, to the logits (N, K), or to the output of
        ``layer``.

    Raises:
        ArgumentError: not a ``keras.Model``, or no layer of that name; the message lists the layers.
        UnsupportedLayerError: a layer that is not supported; the message names it.

    Example:
        >>> from understanding_nn import networks
        >>> model = networks.load("mnist_mlp")
        >>> smooth = replace_relu(model, tf.nn.softplus)
        >>> smooth(tf.zeros((2, 28, 28, 1))).shape
        TensorShape([2, 10])
    """
    names = [each.name for each in layers_of(model)]
    computed = set(names if layer is None else names[: _position(model, layer) + 1])
    steps_of(model)  # refuses what is not supported here, not at the first call

    def network(x: tf.Tensor) -> tf.Tensor:
        a = tf.convert_to_tensor(x)
        for step in steps_of(model):
            if step.name in computed:
                a = relu(a) if step.kind == "relu" else step.forward(a)
        return a

    return network


def split(model: keras.Model, layer: str) -> tuple[Function, Function]:
    """Cuts a network in two, behind one of its layers: upper(lower(x)) is what the network computes.

    The layers are the network's own, weights shared. Inside a function that ``traced`` compiles, both parts may be
    made and called, and a gradient taken between them.

    Args:
        model: a network whose layers are a chain, each taking what the one before it gives; layers of any kind.
        layer: name of the layer; the cut is behind its activation.

    Returns:
        ``lower``, a function of images, a tensor (N, H, W, C) or (N, D), to the layer's feature maps, (N, h, w, K) or
        (N, K); and ``upper``, a function of feature maps to the logits.

    Raises:
        ArgumentError: not a ``keras.Model``, or no layer of that name; the message lists the layers.
        UnsupportedLayerError: the network is not a chain.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="hidden"), keras.layers.Dense(1)])
        >>> lower, upper = split(model, "hidden")
        >>> lower(tf.ones((5, 2))).shape, upper(tf.ones((5, 3))).shape
        (TensorShape([5, 3]), TensorShape([5, 1]))
    """
    layers, end = layers_of(model), _position(model, layer) + 1

    def chained(layers: list[keras.layers.Layer]) -> Function:
        def part(x: tf.Tensor) -> tf.Tensor:
            a = tf.convert_to_tensor(x)
            for each in layers:
                a = each(a, training=False)
            return a

        return part

    return chained(layers[:end]), chained(layers[end:])


def check_channel(model: keras.Model, layer: str, channel: int) -> int:
    """Checks the choice of one feature map of a layer.

    Args:
        model: a network whose layers are a chain.
        layer: name of the layer.
        channel: index of one of its feature maps, or neurons.

    Returns:
        The index, as an ``int``.

    Raises:
        ArgumentError: no layer of that name, an index that is no integer, or one out of range.
        UnsupportedLayerError: the network is not a chain.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="hidden")])
        >>> check_channel(model, "hidden", 2)
        2
    """
    num_channels = layers_of(model)[_position(model, layer)].output.shape[-1]
    return check_whole("channel", channel, 0, num_channels - 1)


def _position(model: keras.Model, layer: str) -> int:
    names = [each.name for each in layers_of(model)]
    if layer not in names:
        raise ArgumentError(
            f"the model '{model.name}' has no layer {layer!r}; expected one of its layers: {', '.join(names)}."
        )
    return names.index(layer)
