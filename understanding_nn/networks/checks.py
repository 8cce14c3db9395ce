"""Checks on a list of layers that may come from somebody who is not trusted.

Nothing in the list is believed: only the layers and parameters in ``PARAMETERS`` exist, every size is bounded, and what
the network would allocate and compute is known before it is built.
"""

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from understanding_nn.errors import ArgumentError, UnsupportedLayerError
from understanding_nn.networks.shapes import Shape, check_shape, shape_after, weight_shapes

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
ACTIVATIONS = ("linear", "relu", "softmax", "sigmoid")
_MAX_LAYERS = 100
_MAX_VALUES = 2**24  # of a layer's output for one image, and of all weights: 64 MB as float32
_MAX_PRODUCTS = 2**31  # multiplications for one image: about a second

# Each parameter with its value when it is left out; ... where it must be given.
_WEIGHTED = {"activation": "linear", "use_bias": True}
_POOLING = {"pool_size": [2, 2], "strides": None, "padding": "valid"}
PARAMETERS: dict[str, dict[str, Any]] = {
    "Input": {"shape": ...},
    "Dense": {"units": ..., **_WEIGHTED},
    "Conv2D": {"filters": ..., "kernel_size": ..., "strides": [1, 1], "padding": "valid", **_WEIGHTED},
    "MaxPooling2D": _POOLING,
    "AveragePooling2D": _POOLING,
    "GlobalAveragePooling2D": {},
    "UpSampling2D": {"size": [2, 2]},
    "Flatten": {},
    "Reshape": {"target_shape": ...},
    "Dropout": {"rate": ...},
    "ReLU": {},
    "Softmax": {},
    "Activation": {"activation": ...},
}


def check_layers(layers: Any) -> list[dict[str, Any]]:
    """Completes a list of layers with what it leaves out, and refuses what no network can be built from.

    Args:
        layers: the layers in the form of ``build``; may be anything at all.

    Returns:
        The layers, each with its type, its name and every parameter.

    Raises:
        ArgumentError: a layer is malformed, or a size out of bounds; the message names the layer.
        UnsupportedLayerError: a layer's type or activation is not in the list.

    Example:
        >>> check_layers([{"type": "Input", "shape": [2]}, {"type": "Flatten"}])[1]
        {'type': 'Flatten', 'name': 'layer1'}
    """
    if not isinstance(layers, Sequence) or not 2 <= len(layers) <= _MAX_LAYERS:
        raise ArgumentError(f"layers is not a list of 2 to {_MAX_LAYERS} layers; expected Input first, logits last.")
    checked = [_check_layer(layer, position) for position, layer in enumerate(layers)]
    names = [layer["name"] for layer in checked]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ArgumentError(f"more than one layer is named {sorted(twice)}; expected a name of its own for each layer.")
    shape = check_shape(checked[0]["shape"])
    num_weights = num_products = 0
    for layer in checked[1:]:
        kernel_size = sum(prod(each) for each in weight_shapes(layer, shape))
        shape = shape_after(layer, shape)
        num_weights += kernel_size
        num_products += kernel_size * prod(shape[:-1])  # a kernel is applied once at each place
        if max(num_weights, prod(shape)) > _MAX_VALUES or num_products > _MAX_PRODUCTS:
            raise ArgumentError(f"the network is too large from layer '{layer['name']}' on; make it smaller.")
    return checked


def _check_layer(layer: Any, position: int) -> dict[str, Any]:
    kind = layer.get("type") if isinstance(layer, Mapping) else None
    if not isinstance(kind, str):
        raise ArgumentError(
            f"layer {position} has no type; expected a dictionary with 'type', one of {', '.join(PARAMETERS)}."
        )
    if kind not in PARAMETERS:
        raise UnsupportedLayerError(
            f"layer {position} is of type {kind[:64]!r}; expected one of {', '.join(PARAMETERS)}."
        )
    if (kind == "Input") != (position == 0):
        raise ArgumentError(f"layer {position} is of type {kind!r}; expected Input as layer 0, and nowhere else.")
    name = layer.get("name", f"layer{position}")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ArgumentError(
            f"layer {position} has the name {str(name)[:64]!r}; expected up to 64 letters, digits and _."
        )
    known = PARAMETERS[kind]
    given = {key: value for key, value in layer.items() if key not in ("type", "name")}
    if unknown := given.keys() - known.keys():
        raise ArgumentError(
            f"layer '{name}' ({kind}) has {sorted(map(str, unknown))[0][:64]!r}; expected {list(known)}."
        )
    complete = {key: given.get(key, default) for key, default in known.items()}
    if missing := [key for key, value in complete.items() if value is ...]:
        raise ArgumentError(f"layer '{name}' ({kind}) lacks {missing[0]!r}.")
    if complete.get("activation", "linear") not in ACTIVATIONS:
        raise UnsupportedLayerError(f"layer '{name}' has another activation than {', '.join(ACTIVATIONS)}.")
    if "pool_size" in complete and complete["strides"] is None:
        complete["strides"] = complete["pool_size"]
    return {"type": kind, "name": name, **complete}


def check_weights(layers: list[dict[str, Any]], weights: Any) -> list[np.ndarray]:
    """Checks that the weights are those of a list of layers.

    Args:
        layers: what ``check_layers`` returned.
        weights: kernel, and bias if there is one, of each Dense and Conv2D in turn; may be anything at all.

    Returns:
        The weights as float32 arrays.

    Raises:
        ArgumentError: a weight is missing, left over, of the wrong shape, or not finite.

    Example:
        >>> layers = check_layers([{"type": "Input", "shape": [2]}, {"type": "Dense", "units": 1, "use_bias": False}])
        >>> check_weights(layers, [np.ones((2, 1))])[0].dtype.name
        'float32'
    """
    shape: Shape = tuple(layers[0]["shape"])
    expected: list[Shape] = []
    for layer in layers[1:]:
        expected += weight_shapes(layer, shape)
        shape = shape_after(layer, shape)
    if not isinstance(weights, Sequence) or len(weights) != len(expected):
        count = len(weights) if isinstance(weights, Sequence) else type(weights).__name__
        raise ArgumentError(
            f"weights has {count} arrays; expected {len(expected)}: kernel and bias of each layer in turn."
        )
    try:
        arrays = [np.asarray(array) for array in weights]
    except ValueError as error:
        raise ArgumentError(f"a weight is not an array ({error}); expected numbers.") from error
    for position, (array, wanted) in enumerate(zip(arrays, expected, strict=True)):
        if array.dtype.kind not in "fiu" or array.shape != wanted:
            raise ArgumentError(
                f"weight {position} has shape {array.shape}, type {array.dtype}; expected numbers, {wanted}."
            )
        if not np.isfinite(array).all():
            raise ArgumentError(f"weight {position} has values that are NaN or infinite; expected finite numbers.")
    return [array.astype(np.float32) for array in arrays]
