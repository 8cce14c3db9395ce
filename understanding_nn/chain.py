"""A network seen as what most methods need: a chain of layers, each taking what the one before it gives."""

import keras

from understanding_nn.errors import ArgumentError, UnsupportedLayerError


def layers_of(model: keras.Model) -> list[keras.layers.Layer]:
    """Lists the layers of a network in the order in which they compute, without the input.

    The layers are taken from the path between input and output, not from their order of creation, so a chain that is
    written with the functional API gives the same list as a ``keras.Sequential``.

    Args:
        model: a network with one input and one output.

    Returns:
        Its layers, first to last; the model's own objects, not copies.

    Raises:
        ArgumentError: not a ``keras.Model``, or one whose layers are not known (a subclass, or never built).
        UnsupportedLayerError: the path branches, visits a layer twice, or holds something that is not a layer.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="logits")])
        >>> [layer.name for layer in layers_of(model)]
        ['logits']
    """
    if not isinstance(model, keras.Model):
        raise ArgumentError(f"model is {type(model).__name__}; expected a keras.Model.")
    if not getattr(model, "outputs", None):
        raise ArgumentError(
            f"the model '{model.name}' does not know its layers' order; expected a keras.Sequential that starts with "
            "keras.Input, or keras.Model(inputs, outputs). Build it once: call it on an image."
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise UnsupportedLayerError(
            f"the model '{model.name}' has {len(model.inputs)} inputs and {len(model.outputs)} outputs; "
            "expected one each. Make a keras.Model(input, logits) of the part to explain."
        )
    layers: list[keras.layers.Layer] = []
    # A Sequential keeps the tensors of its path in a functional model of its own, but lists the layers itself.
    if isinstance(model, keras.Sequential):
        layers = list(model.layers)
    else:
        tensor = model.outputs[0]
        while tensor is not model.inputs[0]:
            operation, tensor = _step_back(model, tensor)
            layers.insert(0, operation)
    _refuse_repetition(model, layers)
    return layers


def _step_back(model: keras.Model, tensor: keras.KerasTensor) -> tuple[keras.layers.Layer, keras.KerasTensor]:
    """The layer that made a tensor, and the tensor that it made it from."""
    history = tensor._keras_history  # Keras 3 has no public name for it
    operation = history.operation
    if not isinstance(operation, keras.layers.Layer):
        raise UnsupportedLayerError(
            f"the model '{model.name}' computes '{operation.name}', a {type(operation).__name__} that is not a layer; "
            "expected layers only. Write it as a layer of keras.layers."
        )
    sources = operation._inbound_nodes[history.node_index].input_tensors
    if len(sources) != 1:
        raise UnsupportedLayerError(
            f"layer '{operation.name}' of the model '{model.name}' takes {len(sources)} inputs; expected a chain, each "
            "layer taking the output of the one before it."
        )
    return operation, sources[0]


def _refuse_repetition(model: keras.Model, layers: list[keras.layers.Layer]) -> None:
    for index, layer in enumerate(layers):
        if any(layer is earlier for earlier in layers[:index]):
            raise UnsupportedLayerError(
                f"layer '{layer.name}' is used twice in the model '{model.name}'; expected each layer once. "
                "Its relevance would be the sum of two places: make a second layer with the same weights."
            )
