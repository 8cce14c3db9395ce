"""A network as elementary steps, with what went into each: what methods that go back layer by layer stand on.

A ``Dense`` layer with a ReLU does two things; layer by layer methods treat them differently. Here they are two steps.
Forward, every method does the same; what it does backward, step by step, is the method's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from understanding_nn.chain import layers_of
from understanding_nn.errors import UnsupportedLayerError
from understanding_nn.networks.layers import describe_layer

_KINDS = {
    "Dense": "dense",
    "Conv2D": "conv",
    "MaxPooling2D": "max_pool",
    "AveragePooling2D": "average_pool",
    "GlobalAveragePooling2D": "global_average_pool",
    "Flatten": "flatten",
    "ReLU": "relu",
}
_LEAVE_VALUES_AS_THEY_ARE = ("Dropout", "Activation")  # an activation that does something is a step of its own


@dataclass(frozen=True)
class Step:
    """One elementary computation of a network.

    Attributes:
        kind: "dense", "conv", "max_pool", "average_pool", "global_average_pool", "flatten" or "relu".
        name: of the layer that it belongs to.
        kernel: weights of a "dense" (inputs, units) or "conv" (height, width, channels, filters) step, float32.
        bias: of a "dense" or "conv" step, (units,) or (filters,), float32; None if the layer has none.
        pool_size: of a "max_pool" or "average_pool" step: height and width of the window.
        strides: of a "conv" or pooling step: vertical and horizontal.
        padding: of a "conv" or pooling step: "same" or "valid".

    Example:
        >>> relu = Step("relu", "hidden")
        >>> relu.forward(tf.constant([[-1.0, 2.0]])).numpy().tolist()
        [[0.0, 2.0]]
        >>> relu.backward(tf.constant([[-1.0, 2.0]]), tf.constant([[5.0, 7.0]])).numpy().tolist()
        [[0.0, 7.0]]
    """

    kind: str
    name: str
    kernel: Any = None
    bias: Any = None
    pool_size: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    padding: str = "valid"

    def forward(self, a: tf.Tensor) -> tf.Tensor:
        """Computes what comes out of the step, for what goes in: z = a W + b, a pooling, max(0, a), or a reshape."""
        padding = self.padding.upper()
        if self.kind == "dense":
            if a.shape.rank != 2:
                raise UnsupportedLayerError(
                    f"layer '{self.name}' is a Dense layer on feature maps; expected vectors. Put a Flatten in front "
                    "of it, or write it as a Conv2D with a kernel of size 1, which computes the same."
                )
            z = tf.matmul(a, self.kernel)
            return z if self.bias is None else z + self.bias
        if self.kind == "conv":
            z = tf.nn.conv2d(a, self.kernel, self.strides, padding)
            return z if self.bias is None else z + self.bias
        if self.kind == "max_pool":
            return tf.nn.max_pool2d(a, self.pool_size, self.strides, padding)
        if self.kind == "average_pool":
            return tf.nn.avg_pool2d(a, self.pool_size, self.strides, padding)
        if self.kind == "global_average_pool":
            return tf.reduce_mean(a, axis=(1, 2))
        return tf.nn.relu(a) if self.kind == "relu" else tf.reshape(a, [tf.shape(a)[0], -1])

    def backward(self, a: tf.Tensor, r: tf.Tensor) -> tf.Tensor:
        """Computes Jᵀ r, with J the Jacobian of the step at its input a: for a linear step, the transposed map Wᵀ r.

        Of equal values in a window of max pooling, the first is the largest.
        """
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(a)
            z = self.forward(a)
        return tape.gradient(z, a, output_gradients=r)


def steps_of(model: keras.Model) -> tuple[Step, ...]:
    """Lists the steps that a network computes, first to last.

    Layers that leave values as they are in use (Dropout, a linear activation) have no step. The kernels are tensors
    with the weights of this moment. So inside a function that ``traced`` compiles, call ``steps_of`` inside too: the
    compiled function then reads the weights of the moment at which it runs.

    Args:
        model: a chain of Dense, Conv2D, MaxPooling2D, AveragePooling2D, GlobalAveragePooling2D, Flatten, Dropout,
            ReLU and Activation layers, sequential or written with the functional API.

    Returns:
        Its steps.

    Raises:
        ArgumentError: not a ``keras.Model``, or one that was never built.
        UnsupportedLayerError: another layer or activation, or one with options that change what it computes; the
            message names it.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="relu", name="hidden")])
        >>> [(step.kind, step.name) for step in steps_of(model)]
        [('dense', 'hidden'), ('relu', 'hidden')]
    """
    chain = [layer for layer in layers_of(model) if not isinstance(layer, keras.layers.InputLayer)]
    return tuple(step for layer in chain for step in _steps_of_layer(layer))


def inputs_of(steps: Sequence[Step], x: tf.Tensor) -> list[tf.Tensor]:
    """Computes a network forward, step by step, and keeps what goes into each step.

    Args:
        steps: what ``steps_of`` returned.
        x: images, shape (N, H, W, C), or (N, D) where the network takes vectors; float32.

    Returns:
        One tensor for each step, its input, and behind them the output of the last step: the logits (N, K).

    Example:
        >>> [a.numpy().tolist() for a in inputs_of([Step("relu", "hidden")], tf.constant([[-1.0, 2.0]]))]
        [[[-1.0, 2.0]], [[0.0, 2.0]]]
    """
    activations = [x]
    for step in steps:
        activations.append(step.forward(activations[-1]))
    return activations


def _steps_of_layer(layer: keras.layers.Layer) -> list[Step]:
    described = describe_layer(layer)
    kind, activation = described["type"], described.get("activation", "linear")
    if kind == "Softmax" or activation == "softmax":
        raise UnsupportedLayerError(
            f"layer '{layer.name}' computes a softmax; expected ReLU or no activation. A softmax mixes all of its "
            "inputs, and no rule of this course goes back through it: explain the logits in front of it."
        )
    odd = activation if activation not in ("linear", "relu") else kind
    if odd not in (*_KINDS, *_LEAVE_VALUES_AS_THEY_ARE):
        raise UnsupportedLayerError(
            f"layer '{layer.name}' computes a {odd}; expected {', '.join(_KINDS)} or Dropout, and no other "
            "activation than ReLU. No rule of this course goes back through anything else."
        )
    steps = [] if kind in _LEAVE_VALUES_AS_THEY_ARE else [Step(_KINDS[kind], layer.name, **_parts(layer, described))]
    return [*steps, Step("relu", layer.name)] if activation == "relu" else steps


def _parts(layer: keras.layers.Layer, described: dict[str, Any]) -> dict[str, Any]:
    """What a step of this layer computes with."""
    parts: dict[str, Any] = {name: described[name] for name in ("pool_size", "strides", "padding") if name in described}
    parts |= {name: tuple(value) for name, value in parts.items() if isinstance(value, list)}
    if described["type"] in ("Dense", "Conv2D"):
        parts["kernel"] = tf.cast(tf.convert_to_tensor(layer.kernel), tf.float32)
        parts["bias"] = tf.cast(tf.convert_to_tensor(layer.bias), tf.float32) if layer.use_bias else None
    return parts
