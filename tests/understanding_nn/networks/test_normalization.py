import keras
import numpy as np

from understanding_nn import networks
from understanding_nn.networks.normalization import folded, normalized

LAYERS = [
    {"type": "Input", "name": "image", "shape": [9, 9, 2]},
    {"type": "Conv2D", "name": "conv1", "filters": 3, "kernel_size": [3, 3], "activation": "relu", "strides": [2, 2]},
    {"type": "MaxPooling2D", "name": "pool1"},
    {"type": "Conv2D", "name": "conv2", "filters": 4, "kernel_size": [2, 2], "padding": "same"},
    {"type": "GlobalAveragePooling2D", "name": "average"},
    {"type": "Dense", "name": "logits", "units": 3},
]


def plain():
    rng = np.random.default_rng(0)
    shapes = [(3, 3, 2, 3), (3,), (2, 2, 3, 4), (4,), (4, 3), (3,)]
    return networks.build(LAYERS, [rng.standard_normal(shape) for shape in shapes], name="small")


def test_folded_computes_what_the_trained_network_does():
    model, rng = plain(), np.random.default_rng(1)
    trained = normalized(model)
    for layer in trained.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in layer.weights])
    network, x = folded(trained, model), rng.standard_normal((5, 9, 9, 2)).astype(np.float32)
    assert networks.describe(network)[0] == networks.describe(model)[0]
    assert network.name == "small"
    expected = trained(x, training=False).numpy()
    assert not np.allclose(expected, model(x), atol=0.1)
    np.testing.assert_allclose(network(x), expected, rtol=1e-4, atol=1e-5)


def test_what_is_normalized_starts_with_the_weights_and_leaves_the_network_alone():
    model = plain()
    before = networks.describe(model)[1]
    trained = normalized(model)
    np.testing.assert_array_equal(trained.get_layer("conv2").kernel, before[2])
    np.testing.assert_array_equal(trained.get_layer("logits").kernel, before[4])
    trained.get_layer("logits").kernel.assign(np.zeros((4, 3)))
    trained(np.random.default_rng(0).random((4, 9, 9, 2), np.float32), training=True)
    assert all(np.array_equal(a, b) for a, b in zip(before, networks.describe(model)[1], strict=True))


def test_in_training_each_channel_has_mean_0_and_variance_1():
    trained = normalized(plain())
    x = np.random.default_rng(0).random((50, 9, 9, 2), np.float32)
    maps = trained.get_layer("conv1")(x)
    out = trained.get_layer("conv1_normalized")(maps, training=True).numpy()
    np.testing.assert_allclose(out.mean(axis=(0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(out.var(axis=(0, 1, 2)), 1, atol=0.01)
