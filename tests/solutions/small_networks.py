"""Small random networks that cover what methods must support, and the measure that they are compared by."""

import keras
import numpy as np

from understanding_nn import networks

L = keras.layers

# The trained networks from the packaged digits to logits; others take other images, or give no logits.
DIGIT_NETWORKS = ("mnist_cnn", "mnist_mlp", "mnist_cnn_bias_free")


def _functional(shape, *layers):
    """A chain written with the functional API."""
    image = keras.Input(shape)
    tensor = image
    for layer in layers:
        tensor = layer(tensor)
    return keras.Model(image, tensor)


def _sequential(shape, *layers):
    return keras.Sequential([keras.Input(shape), *layers])


def _overlapping():
    return _functional(
        (9, 9, 1),
        L.Conv2D(4, 3, padding="same", activation="relu"),
        L.MaxPooling2D(3, strides=2, padding="same"),
        L.Conv2D(6, 3, activation="relu"),
        L.MaxPooling2D(2, strides=1),
        L.Flatten(),
        L.Dense(4),
    )


def _separate_activations():
    return _functional(
        (7, 8, 2),
        L.Conv2D(4, 3),
        L.ReLU(),
        L.Dropout(0.5),
        L.AveragePooling2D(2, strides=2, padding="same"),
        L.Flatten(),
        L.Dense(6),
        L.Activation("relu"),
        L.Dense(3),
        L.Activation("linear"),
    )


MAKERS = {
    "bias_free_max": lambda: _sequential(
        (8, 8, 1),
        L.Conv2D(4, 3, activation="relu", use_bias=False),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dense(5, activation="relu", use_bias=False),
        L.Dense(3, use_bias=False),
    ),
    "strided_same": lambda: _sequential(
        (10, 8, 1),
        L.Conv2D(4, (3, 2), strides=2, padding="same", activation="relu"),
        L.Conv2D(5, 3, padding="same", activation="relu"),
        L.Flatten(),
        L.Dense(4),
    ),
    "average_and_global": lambda: _sequential(
        (8, 8, 3),
        L.Conv2D(4, 3, activation="relu"),
        L.AveragePooling2D(2),
        L.Conv2D(6, 2, activation="relu"),
        L.GlobalAveragePooling2D(),
        L.Dense(3),
    ),
    "overlapping_max": _overlapping,
    "separate_activations": _separate_activations,
    "dense": lambda: _sequential(
        (6, 6, 1), L.Flatten(), L.Dense(12, activation="relu"), L.Dense(8, activation="relu"), L.Dense(4)
    ),
}


def small_network(name, seed=0):
    """One of ``MAKERS``, with random weights and biases of a good size."""
    model, rng = MAKERS[name](), np.random.default_rng([seed, *name.encode()])
    for layer in model.layers:
        for weight in layer.trainable_variables:
            fan_in = np.prod(weight.shape[:-1]) if len(weight.shape) > 1 else 10
            weight.assign(rng.standard_normal(weight.shape) * np.sqrt(2 / fan_in))
    return model


def images_for(model, num_images=3, seed=0):
    return np.random.default_rng(seed).random((num_images, *model.input_shape[1:])).astype(np.float32)


def largest_miss(result, expected, *, at_least=0.0):
    """The largest difference of each image, relative to its largest expected value; infinite where all should be 0.

    Where the largest value is below ``at_least``, the difference is relative to that: rounding of a sum that nearly
    cancels is not small beside the sum.
    """
    result, expected = np.asarray(result, np.float64), np.asarray(expected, np.float64)
    assert result.shape == expected.shape
    axes = tuple(range(1, expected.ndim))
    miss, scale = np.abs(result - expected).max(axis=axes), np.abs(expected).max(axis=axes, initial=at_least)
    return np.divide(miss, scale, out=np.where(miss > 0, np.inf, 0.0), where=scale > 0)


def relative_gap(relevance, value, *, at_least=0.0):
    """How far relevances are from summing to a value, for each image, relative to the sum of their magnitudes.

    Where that sum is below ``at_least``, the gap is relative to that: a logit of 0.001 is a sum of terms of about 1,
    and known no better than they are.
    """
    relevance, value = np.asarray(relevance, np.float64), np.asarray(value, np.float64)
    axes = tuple(range(1, relevance.ndim))
    gap, scale = np.abs(relevance.sum(axis=axes) - value), np.abs(relevance).sum(axis=axes)
    scale = np.maximum(scale, at_least)
    return np.divide(gap, scale, out=np.where(gap > 0, np.inf, 0.0), where=scale > 0)


def slowly(function, model, x, target):
    """Applies a function of (layers, weights, image, target) image by image."""
    layers, weights = networks.describe(model)
    targets = np.broadcast_to(target, len(x))
    return np.stack([function(layers, weights, image, int(t)) for image, t in zip(x, targets, strict=True)])
