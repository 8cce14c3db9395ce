"""Class activation maps, slowly: float64, one image, a loop over places and channels, straight from the equations."""

import numpy as np

from tests.solutions.slow_network import gradient, stages


def cam(layers, weights, image, target):
    maps = next(stage.came_in for stage in stages(layers, weights, image) if stage.layer["type"].startswith("Global"))
    kernel = np.asarray(weights[-2 if layers[-1]["use_bias"] else -1], np.float64)
    return weighted(maps, kernel[:, target])


def grad_cam(layers, weights, image, target, *, layer):
    maps, g = maps_and_gradient(layers, weights, image, target, layer)
    height, width, channels = maps.shape
    w = [sum(g[i, j, k] for i, j in np.ndindex(height, width)) / (height * width) for k in range(channels)]
    return np.maximum(weighted(maps, w), 0)


def grad_cam_pp(layers, weights, image, target, *, layer):
    maps, g = maps_and_gradient(layers, weights, image, target, layer)
    w = np.zeros(maps.shape[2])
    for i, j, k in np.ndindex(maps.shape):
        if g[i, j, k] != 0:
            alpha = g[i, j, k] ** 2 / (2 * g[i, j, k] ** 2 + maps[:, :, k].sum() * g[i, j, k] ** 3)
            w[k] += alpha * max(g[i, j, k], 0)
    return np.maximum(weighted(maps, w), 0)


def weighted(maps, w):
    result = np.zeros(maps.shape[:2])
    for i, j, k in np.ndindex(maps.shape):
        result[i, j] += w[k] * maps[i, j, k]
    return result


def maps_and_gradient(layers, weights, image, target, name):
    """The feature maps behind a layer, and the gradient of one logit with respect to them."""
    end = [layer["name"] for layer in layers].index(name) + 1
    num_weights = sum(1 + layer["use_bias"] for layer in layers[:end] if layer["type"] in ("Conv2D", "Dense"))
    maps = stages(layers[:end], weights[:num_weights], image)[-1].went_out
    return maps, gradient(
        layers[end - 1 :], weights[num_weights:], maps, target
    )  # the first layer is taken for the input
