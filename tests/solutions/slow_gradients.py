"""The gradient family, slowly: float64, one image, straight from the equations, on the layers of ``slow_network``."""

import numpy as np

from tests.solutions import slow_network

RULES = {  # what a ReLU makes of the signal r that comes back, z having gone in
    "gradient": lambda z, r: r * (z > 0),
    "deconv": lambda _, r: np.maximum(r, 0),
    "guided": lambda z, r: np.maximum(r, 0) * (z > 0),
}


def through(done, r, rule):
    """The signal r at the end of the stages, taken back to the image."""
    for stage in reversed(done):
        if stage.layer["type"] == "ReLU" or stage.layer.get("activation") == "relu":
            r = RULES[rule](stage.pre, r)
        r = slow_network.backward(stage, r)
    return r


def from_logit(rule):
    def projected(layers, weights, image, target):
        done = slow_network.stages(layers, weights, image)
        return through(done, np.eye(len(done[-1].went_out))[target], rule)

    return projected


def from_feature_map(layer, channel):
    def projected(layers, weights, image, _):
        done = slow_network.stages(layers, weights, image)
        done = done[: 1 + next(i for i, stage in enumerate(done) if stage.layer["name"] == layer)]
        own_map = np.zeros_like(done[-1].went_out)
        own_map[..., channel] = done[-1].went_out[..., channel]
        return through(done, own_map, "deconv")

    return projected


def integrated(baseline, num_steps):
    def attribution(layers, weights, image, target):
        image, start = np.asarray(image, np.float64), np.broadcast_to(np.asarray(baseline, np.float64), image.shape)
        total = np.zeros_like(image)
        for k in range(1, num_steps + 1):
            total += slow_network.gradient(layers, weights, start + k / num_steps * (image - start), target)
        return (image - start) * total / num_steps

    return attribution


def of_copies(method, noise):
    """What ``method`` gives for each noisy copy of one image, whose noise is (num_samples, H, W, C)."""

    def attributions(layers, weights, image, target):
        return np.stack([method(layers, weights, np.asarray(image, np.float64) + each, target) for each in noise])

    return attributions
