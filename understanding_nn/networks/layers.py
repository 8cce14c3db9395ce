"""A network as a list of layers with weights: plain values that can be read, stored and sent, and built from again.

The list may come from somebody who is not trusted: ``checks`` looks at all of it before a network is built from it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from understanding_nn.chain import layers_of
from understanding_nn.errors import UnsupportedLayerError
from understanding_nn.networks.checks import NAME, PARAMETERS, check_layers, check_weights

_WEIGHTED = (keras.layers.Dense, keras.layers.Conv2D)
_FUNCTIONS: dict[str, tuple[Callable[..., Any], ...]] = {
    "linear": (keras.activations.linear, tf.identity),
    "relu": (keras.activations.relu, keras.ops.relu, tf.nn.relu),
    "softmax": (keras.activations.softmax, keras.ops.softmax, tf.nn.softmax),
    "sigmoid": (keras.activations.sigmoid, keras.ops.sigmoid, tf.nn.sigmoid),
}
# What these layers could do beyond the list; any other value is refused, because a method would be wrong silently.
_PLAIN = {
    "dilation_rate": (1, 1),
    "groups": 1,
    "data_format": "channels_last",
    "max_value": None,
    "negative_slope": 0,
    "threshold": 0,
    "axis": -1,
    "keepdims": False,
    "interpolation": "nearest",
}


def build(layers: Sequence[Mapping[str, Any]], weights: Sequence[np.ndarray], name: str = "network") -> keras.Model:
    """Builds a network from a list of layers and their weights.

    A layer is a dictionary: its ``type`` (Input, Dense, Conv2D, MaxPooling2D, AveragePooling2D,
    GlobalAveragePooling2D, UpSampling2D, Flatten, Reshape, Dropout, ReLU, Softmax or Activation), its ``name``, and
    the parameters that the Keras layer of that type has under the same names. Input comes first, and only there.

    Args:
        layers: the layers, first to last; no other type and no other parameter exists.
        weights: kernel, and bias if there is one, of each Dense and Conv2D in turn; finite numbers, cast to float32.
        name: the name of the model.

    Returns:
        A functional model in which every ``layer.output`` can be used; its weights are copies.

    Raises:
        ArgumentError: a layer is malformed, a size out of bounds, a weight missing, left over or of the wrong shape.
        UnsupportedLayerError: a layer's type is not in the list.

    Example:
        >>> layers = [{"type": "Input", "shape": [2]}, {"type": "Dense", "name": "logits", "units": 1}]
        >>> model = build(layers, [np.ones((2, 1)), np.zeros(1)])
        >>> model(np.array([[1.0, 2.0]])).numpy().tolist()
        [[3.0]]
    """
    checked = check_layers(layers)
    arrays = check_weights(checked, weights)
    image = keras.Input(tuple(checked[0]["shape"]), name=checked[0]["name"])
    tensor, given = image, iter(arrays)
    for seed, layer in enumerate(checked[1:]):
        made = _keras_layer(layer, seed)
        with _starting_with(made, given):
            tensor = made(tensor)
    return keras.Model(image, tensor, name=name)


def describe(model: keras.Model) -> tuple[list[dict[str, Any]], list[np.ndarray]]:
    """Describes a network as a list of layers and their weights: the inverse of ``build``.

    Args:
        model: a chain of the layers that ``build`` knows, sequential or written with the functional API.

    Returns:
        The layers as dictionaries that can be written as JSON, and the weights, float32 copies, in their order.

    Raises:
        ArgumentError: not a ``keras.Model``, or one that was never built.
        UnsupportedLayerError: a layer of another type, or with a parameter that ``build`` does not have; its name is
            in the message.

    Example:
        >>> model = keras.Sequential([keras.Input((2,), name="image"), keras.layers.Dense(1, name="logits")])
        >>> layers, weights = describe(model)
        >>> [layer["name"] for layer in layers], [array.shape for array in weights]
        (['image', 'logits'], [(2, 1), (1,)])
    """
    chain = [layer for layer in layers_of(model) if not isinstance(layer, keras.layers.InputLayer)]
    tensor = model.inputs[0]
    described = [{"type": "Input", "name": _plain_name(tensor.name, 0), "shape": list(tensor.shape[1:])}]
    described += [describe_layer(layer, position) for position, layer in enumerate(chain, start=1)]
    return described, [variable.numpy().astype(np.float32) for variable in _variables(chain)]


def _keras_layer(layer: dict[str, Any], seed: int) -> keras.layers.Layer:
    arguments = {key: value for key, value in layer.items() if key != "type"}
    # Seeds of its own: building a network must not move the random numbers of the program around it.
    if layer["type"] in ("Dense", "Conv2D"):
        arguments["kernel_initializer"] = keras.initializers.GlorotUniform(seed=seed)
    if layer["type"] == "Dropout":
        arguments["seed"] = seed
    return getattr(keras.layers, layer["type"])(**arguments)


@contextmanager
def _starting_with(layer: keras.layers.Layer, given: Iterator[np.ndarray]) -> Iterator[None]:
    """Lets a layer that is built in this context start with the given weights: quicker than to draw some and set them.

    Afterwards its initializers are as they were: a copy of the network with new weights draws them as Keras does.
    """
    names = ["kernel_initializer", "bias_initializer"] if isinstance(layer, _WEIGHTED) else []
    initializers = {name: getattr(layer, name) for name in names if name != "bias_initializer" or layer.use_bias}
    for name in initializers:
        setattr(layer, name, _given(next(given)))
    yield
    for name, initializer in initializers.items():
        setattr(layer, name, initializer)


def _given(array: np.ndarray) -> Callable[..., tf.Tensor]:
    return lambda shape, dtype: tf.constant(array, dtype, shape)


def _variables(layers: Sequence[keras.layers.Layer]) -> list[keras.Variable]:
    weighted = [layer for layer in layers if isinstance(layer, _WEIGHTED)]
    return [variable for layer in weighted for variable in (layer.kernel, layer.bias) if variable is not None]


def describe_layer(layer: keras.layers.Layer, position: int = 0) -> dict[str, Any]:
    """Describes one layer without its weights, as ``describe`` does for all of a network.

    Args:
        layer: of a type that ``build`` knows.
        position: its place in the network; it is named after it where its own name is not a plain one.

    Returns:
        Its type, its name and every parameter, as plain values.

    Raises:
        UnsupportedLayerError: a layer of another type, or with a parameter that ``build`` does not have; its name is
            in the message.

    Example:
        >>> describe_layer(keras.layers.Dense(1, name="logits"))
        {'type': 'Dense', 'name': 'logits', 'units': 1, 'activation': 'linear', 'use_bias': True}
    """
    kind = type(layer).__name__
    if kind not in PARAMETERS or type(layer) is not getattr(keras.layers, kind):
        raise UnsupportedLayerError(f"layer '{layer.name}' is a {kind}; expected one of {', '.join(PARAMETERS)}.")
    for parameter, plain in _PLAIN.items():
        if getattr(layer, parameter, plain) != plain:
            raise UnsupportedLayerError(
                f"layer '{layer.name}' has {parameter}={getattr(layer, parameter)}; expected {plain}."
            )
    parameters = {key: _plain_value(layer, key) for key in PARAMETERS[kind]}
    return {"type": kind, "name": _plain_name(layer.name, position), **parameters}


def _plain_value(layer: keras.layers.Layer, key: str) -> Any:
    value = getattr(layer, key)
    if key == "activation":
        names = [name for name, functions in _FUNCTIONS.items() if any(value is function for function in functions)]
        if not names:
            called = getattr(value, "__name__", type(value).__name__)
            raise UnsupportedLayerError(
                f"layer '{layer.name}' has the activation {called}; expected {', '.join(_FUNCTIONS)}."
            )
        return names[0]
    return list(value) if isinstance(value, tuple) else value


def _plain_name(name: str, position: int) -> str:
    return name if NAME.fullmatch(name) else f"layer{position}"
