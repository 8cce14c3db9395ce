"""Networks of every supported layer, drawn by Hypothesis: depth, windows, strides, paddings, pooling, biases."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from understanding_nn import networks
from understanding_nn.networks.checks import check_layers
from understanding_nn.networks.shapes import shape_after, weight_shapes


@dataclass(frozen=True)
class Drawn:
    """A network as layers and weights; Hypothesis prints it when a test fails."""

    layers: list
    seed: int

    def weights(self):
        rng, shape, drawn = np.random.default_rng(self.seed), (), []
        for layer in check_layers(self.layers):
            if layer["type"] == "Input":
                shape = tuple(layer["shape"])
                continue
            for size in weight_shapes(layer, shape):
                scale = np.sqrt(2 / np.prod(size[:-1])) if len(size) > 1 else 0.3
                drawn.append(rng.standard_normal(size) * scale)
            shape = shape_after(layer, shape)
        return drawn

    def build(self):
        return networks.build(self.layers, self.weights())

    def images(self, num_images=3, *, low=-1.0, high=1.0):
        rng = np.random.default_rng([self.seed, 1])
        return rng.uniform(low, high, (num_images, *self.layers[0]["shape"])).astype(np.float32)


@st.composite
def drawn_networks(draw, *, bias=None):
    """A chain from images of odd and even sizes to logits; ``bias`` True or False, or None for either in each layer."""
    shape = [draw(st.integers(4, 9)), draw(st.integers(4, 9)), draw(st.integers(1, 3))]
    layers, sizes = [{"type": "Input", "shape": shape}], shape[:2]
    for _ in range(draw(st.integers(0, 3))):
        layer = draw(_spatial(sizes, bias))
        layers += [layer, *draw(st.sampled_from([[], [{"type": "Dropout", "rate": 0.5}]]))]
        if layer["type"] == "Conv2D" and layer["activation"] == "linear":
            layers.append({"type": "ReLU"})
        sizes = list(_sizes_after(layer, sizes))
    layers.append({"type": draw(st.sampled_from(["Flatten", "GlobalAveragePooling2D"]))})
    for _ in range(draw(st.integers(0, 2))):
        layers.append({"type": "Dense", "units": draw(st.integers(2, 6)), "activation": "relu", **draw(_bias(bias))})
    layers.append({"type": "Dense", "units": 3, **draw(_bias(bias))})
    return Drawn(layers, draw(st.integers(0, 2**16)))


def _bias(bias):
    return st.fixed_dictionaries({"use_bias": st.booleans() if bias is None else st.just(bias)})


@st.composite
def _spatial(draw, sizes, bias):
    kind = draw(st.sampled_from(["Conv2D", "Conv2D", "MaxPooling2D", "AveragePooling2D"]))
    padding = draw(st.sampled_from(["same", "valid"]))
    limits = [4, 4] if padding == "same" else [min(4, size) for size in sizes]
    window = [draw(st.integers(1, limit)) for limit in limits]
    layer = {"type": kind, "padding": padding, "strides": [draw(st.integers(1, 3)), draw(st.integers(1, 3))]}
    if kind != "Conv2D":
        return {**layer, "pool_size": window}
    activation = draw(st.sampled_from(["relu", "linear"]))  # linear: a layer of its own follows, ReLU
    options = {"filters": draw(st.integers(1, 4)), "kernel_size": window, "activation": activation}
    return {**layer, **options, **draw(_bias(bias))}


def _sizes_after(layer, sizes):
    window = layer.get("kernel_size", layer.get("pool_size"))
    for size, width, step in zip(sizes, window, layer["strides"], strict=True):
        yield -(-size // step) if layer["padding"] == "same" else (size - width) // step + 1
