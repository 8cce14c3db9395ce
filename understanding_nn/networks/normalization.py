"""Batch normalization that is there while a network trains, and gone afterwards: folded into the convolutions.

With it a network trains faster and ends better. Without it a trained network is easier to explain: a convolution with
a bias, and nothing between it and its ReLU. Both compute the same.
"""

import keras
import numpy as np

from understanding_nn.networks.layers import build, describe


def normalized(model: keras.Model) -> keras.Model:
    """Makes the network that is trained: each convolution is normalized over the batch, in front of its activation.

    Ioffe & Szegedy 2015. The convolutions lose their biases, which the normalization would take away again.

    Args:
        model: a network that ``build`` made; its convolutions have biases.

    Returns:
        A network with copies of its weights, from the same images to logits of the same shape.

    Example:
        >>> plain = build([{"type": "Input", "shape": [6, 6, 1]}, {"type": "Conv2D", "filters": 2, "kernel_size": 3}], [
        ...     np.ones((3, 3, 1, 2)), np.zeros(2)])
        >>> [type(layer).__name__ for layer in normalized(plain).layers]
        ['InputLayer', 'Conv2D', 'BatchNormalization', 'Activation']
    """
    image = keras.Input(model.input_shape[1:])
    tensor = image
    for layer in model.layers[1:]:
        options = layer.get_config()
        if not isinstance(layer, keras.layers.Conv2D):
            copy = type(layer).from_config(options)
            tensor = copy(tensor)
            copy.set_weights(layer.get_weights())
            continue
        copy = keras.layers.Conv2D.from_config({**options, "use_bias": False, "activation": "linear"})
        tensor = keras.layers.BatchNormalization(name=f"{layer.name}_normalized")(copy(tensor))
        copy.set_weights(layer.get_weights()[:1])
        tensor = keras.layers.Activation(options["activation"], name=f"{layer.name}_activation")(tensor)
    return keras.Model(image, tensor, name=model.name)


def folded(trained: keras.Model, model: keras.Model) -> keras.Model:
    """Folds the normalization into the convolutions, by the means and variances that training has gathered.

    With s = gamma / sqrt(variance + epsilon), of each channel: gamma (W*a - mean) / sqrt(variance + epsilon) + beta is
    the convolution with kernel W s and bias beta - mean s.

    Args:
        trained: what ``normalized`` made of the model, trained.
        model: the network as it should be: a convolution with a bias for each normalized one.

    Returns:
        A network with the layers of ``model`` that computes what ``trained`` does at test time.

    Example:
        >>> plain = build([{"type": "Input", "shape": [6, 6, 1]}, {"type": "Conv2D", "filters": 2, "kernel_size": 3}], [
        ...     np.ones((3, 3, 1, 2)), np.zeros(2)])
        >>> folded(normalized(plain), plain).count_params() == plain.count_params()
        True
    """
    weights: list[np.ndarray] = []
    for layer in trained.layers:
        values = [np.asarray(value, np.float64) for value in layer.get_weights()]
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = values
            scale = gamma / np.sqrt(variance + layer.epsilon)
            weights[-1] = weights[-1] * scale
            values = [beta - mean * scale]
        weights += values
    return build(describe(model)[0], weights, name=model.name)
