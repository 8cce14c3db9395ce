"""A network computed slowly: NumPy, float64, one image, loops over places, straight from the definitions.

What methods are held against. It shares no code with them: layers are the plain dictionaries of ``networks.describe``.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np


@dataclass(frozen=True)
class Stage:
    """A layer at work on one image: what comes in, what its sum or pooling gives, what goes out."""

    layer: dict
    kernel: np.ndarray | None
    bias: np.ndarray | None
    came_in: np.ndarray
    pre: np.ndarray
    went_out: np.ndarray


def stages(layers, weights, image):
    """Computes the network forward; a stage for each layer behind the input."""
    weights, a, done = [np.asarray(w, np.float64) for w in weights], np.asarray(image, np.float64), []
    for layer in layers[1:]:
        kernel = weights.pop(0) if layer["type"] in ("Dense", "Conv2D") else None
        bias = weights.pop(0) if kernel is not None and layer["use_bias"] else None
        pre = forward(layer, kernel, bias, a)
        done.append(Stage(layer, kernel, bias, a, pre, activate(layer, pre)))
        a = done[-1].went_out
    return done


def logits(layers, weights, image):
    return stages(layers, weights, image)[-1].went_out


def gradient(layers, weights, image, target):
    """The gradient of one logit with respect to the image."""
    done = stages(layers, weights, image)
    r = np.zeros_like(done[-1].went_out)
    r[target] = 1
    for stage in reversed(done):
        rectified = stage.layer["type"] == "ReLU" or stage.layer.get("activation") == "relu"
        r = backward(stage, r * (stage.pre > 0) if rectified else r)
    return r


def forward(layer, kernel, bias, a):
    """A layer's output before its activation."""
    kind = layer["type"]
    if kind == "Dense":
        z = np.array([sum(a[j] * kernel[j, k] for j in range(len(a))) for k in range(kernel.shape[1])])
        return z if bias is None else z + bias
    if kind == "Conv2D":
        z = np.zeros((*places(layer, a.shape), kernel.shape[3]))
        for i, j in np.ndindex(z.shape[:2]):
            for (y, x), (u, v) in window(layer, a.shape, i, j):
                z[i, j] += a[y, x] @ kernel[u, v]
        return z if bias is None else z + bias
    if kind in ("MaxPooling2D", "AveragePooling2D"):
        z = np.zeros((*places(layer, a.shape), a.shape[2]))
        for i, j in np.ndindex(z.shape[:2]):
            values = [a[y, x] for (y, x), _ in window(layer, a.shape, i, j)]
            z[i, j] = np.max(values, axis=0) if kind == "MaxPooling2D" else np.mean(values, axis=0)
        return z
    if kind == "GlobalAveragePooling2D":
        return a.mean(axis=(0, 1))
    if kind == "UpSampling2D":
        return a.repeat(layer["size"][0], axis=0).repeat(layer["size"][1], axis=1)
    if kind == "Reshape":
        return a.reshape(layer["target_shape"])
    return a.reshape(-1) if kind == "Flatten" else a


def activate(layer, pre):
    """What a layer's activation makes of its output."""
    if layer["type"] == "ReLU" or layer.get("activation") == "relu":
        return np.maximum(pre, 0)
    return 1 / (1 + np.exp(-pre)) if layer.get("activation") == "sigmoid" else pre


def log_probability(layers, weights, image, target):
    """The log of the softmax of one logit."""
    f = logits(layers, weights, image)
    return f[target] - f.max() - np.log(np.exp(f - f.max()).sum())


def slope(function, x, step=1e-6):
    """The gradient of a function of an array, one number at a time, by central differences."""
    x = np.asarray(x, np.float64)
    found = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += step
        down[place] -= step
        found[place] = (function(up) - function(down)) / (2 * step)
    return found


def backward(stage, r):
    """What the layer's transposed linear map, at this image, makes of r: its part of the gradient."""
    layer, a, kind = stage.layer, stage.came_in, stage.layer["type"]
    back = np.zeros_like(a)
    if kind == "Dense":
        return np.array([sum(stage.kernel[j, k] * r[k] for k in range(len(r))) for j in range(len(a))])
    if kind == "GlobalAveragePooling2D":
        return back + r / (a.shape[0] * a.shape[1])
    if kind == "Flatten":
        return r.reshape(a.shape)
    if kind not in ("Conv2D", "MaxPooling2D", "AveragePooling2D"):
        return r
    for i, j in np.ndindex(r.shape[:2]):
        seen = window(layer, a.shape, i, j)
        if kind == "MaxPooling2D":
            first = np.argmax([a[place] for place, _ in seen], axis=0)  # of equal values, the first wins
            for channel, position in enumerate(first):
                back[(*seen[position][0], channel)] += r[i, j, channel]
        for place, (u, v) in seen:
            if kind == "Conv2D":
                back[place] += stage.kernel[u, v] @ r[i, j]
            elif kind == "AveragePooling2D":
                back[place] += r[i, j] / len(seen)
    return back


def places(layer, shape):
    """Height and width of a layer with a sliding window."""
    size, step = sizes(layer)
    if layer["padding"] == "same":
        return tuple(-(-n // s) for n, s in zip(shape[:2], step, strict=True))
    return tuple((n - k) // s + 1 for n, k, s in zip(shape[:2], size, step, strict=True))


def window(layer, shape, i, j):
    """The places of the input that one place of the output sees, each with its place in the window."""
    size, step = sizes(layer)
    before = [0, 0]
    if layer["padding"] == "same":  # the odd pixel of padding goes to the end
        out = places(layer, shape)
        before = [max((o - 1) * s + k - n, 0) // 2 for o, s, k, n in zip(out, step, size, shape, strict=False)]
    top, left = i * step[0] - before[0], j * step[1] - before[1]
    inside = [(top + u, left + v, u, v) for u, v in product(range(size[0]), range(size[1]))]
    return [((y, x), (u, v)) for y, x, u, v in inside if 0 <= y < shape[0] and 0 <= x < shape[1]]


def sizes(layer):
    return layer.get("kernel_size", layer.get("pool_size")), layer["strides"]
