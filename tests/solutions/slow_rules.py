"""The rules that go back layer by layer, slowly: float64, one image, a loop over places, straight from the equations.

They share no code with the solutions: a rule sees the contributions a_j w_jk of a neuron one by one.
"""

import numpy as np

from tests.solutions.slow_network import Stage, backward, stages, window

STABILIZER = 1e-9


def stabilized(z, epsilon=STABILIZER):
    return z + epsilon * np.where(np.asarray(z) >= 0, 1, -1)


def lrp(layers, weights, image, target, *, alpha=2.0, beta=1.0, pool_rule="winner_take_all"):
    def rule(stage, r):
        if stage.layer["type"] == "MaxPooling2D":
            return winner_take_all(stage, r) if pool_rule == "winner_take_all" else proportional(stage, r)
        return shared(stage, r, lambda a, w, b: alpha_beta(a, w, b, alpha, beta))

    return propagated(layers, weights, image, target, rule)


def lrp_epsilon(layers, weights, image, target, *, epsilon=0.01):
    def rule(stage, r):
        if stage.layer["type"] == "MaxPooling2D":
            return winner_take_all(stage, r)
        return shared(stage, r, lambda a, w, b: a * w / stabilized((a * w).sum(axis=0) + b, epsilon))

    return propagated(layers, weights, image, target, rule)


def deep_taylor(layers, weights, image, target, *, low=0.0, high=1.0):
    done = stages(layers, weights, image)
    low, high = np.broadcast_to(low, image.shape), np.broadcast_to(high, image.shape)
    first = next(i for i, stage in enumerate(done) if stage.kernel is not None)
    for layer in [stage.layer for stage in done[:first]]:
        if layer["type"] == "Flatten":
            low, high = low.reshape(-1), high.reshape(-1)
    r = np.zeros_like(done[-1].went_out)
    r[target] = max(0, done[-1].went_out[target])
    for i, stage in reversed(list(enumerate(done))):
        if stage.layer["type"] in ("MaxPooling2D", "AveragePooling2D"):
            r = proportional(stage, r)
        elif i == first:
            r = box(stage, r, low, high)
        else:
            r = shared(stage, r, lambda a, w, b: z_plus(a, w))
    return r


def deeplift(layers, weights, image, target, *, reference=0.0):
    done = stages(layers, weights, image)
    done_reference = stages(layers, weights, np.broadcast_to(reference, image.shape))
    m = np.zeros_like(done[-1].went_out)
    m[target] = 1
    for stage, other in zip(reversed(done), reversed(done_reference), strict=True):
        if stage.layer["type"] == "ReLU" or stage.layer.get("activation") == "relu":
            m = m * rescale(stage.pre, other.pre)
        m = cross_maximum(stage, other, m) if stage.layer["type"] == "MaxPooling2D" else backward(stage, m)
    return m * (image - reference)


def propagated(layers, weights, image, target, rule):
    """From the logit, back through every stage."""
    done = stages(layers, weights, image)
    r = np.zeros_like(done[-1].went_out)
    r[target] = done[-1].went_out[target]
    for stage in reversed(done):
        r = rule(stage, r)
    return r


def shared(stage, r, rule):
    """Relevance by a rule for dense layers and convolutions; pooling in proportion, other layers as they are.

    ``rule`` takes the inputs that a place sees as a column, their weights (inputs, neurons) and the bias, and gives
    each neuron's shares.
    """
    kind = stage.layer["type"]
    if kind in ("Dense", "Conv2D"):
        bias = np.zeros(stage.kernel.shape[-1]) if stage.bias is None else stage.bias
        back = np.zeros_like(stage.came_in)
        for out, inside, w in connections(stage):
            back[inside] += (rule(stage.came_in[inside][:, np.newaxis], w, bias) * r[out]).sum(axis=1)
        return back
    if kind in ("AveragePooling2D", "GlobalAveragePooling2D"):
        return proportional(stage, r)
    return r.reshape(stage.came_in.shape)


def connections(stage: Stage):
    """For each place of the output: the inputs that it sees, and their weights (inputs, neurons)."""
    channels = stage.came_in.shape[-1]
    if stage.layer["type"] == "Dense":
        yield (), (np.arange(channels),), stage.kernel
        return
    for out in np.ndindex(stage.pre.shape[:2]):
        seen = window(stage.layer, stage.came_in.shape, *out)
        y, x = (np.repeat([place[axis] for place, _ in seen], channels).astype(int) for axis in (0, 1))
        inside = y, x, np.tile(np.arange(channels), len(seen))
        yield out, inside, np.concatenate([np.empty((0, stage.kernel.shape[3])), *(stage.kernel[uv] for _, uv in seen)])


def alpha_beta(a, w, b, alpha, beta):
    contributions = a * w
    positive, negative = np.maximum(contributions, 0), np.minimum(contributions, 0)
    z_positive = stabilized(positive.sum(axis=0) + np.maximum(b, 0))
    z_negative = stabilized(negative.sum(axis=0) + np.minimum(b, 0))
    return alpha * positive / z_positive - beta * negative / z_negative


def z_plus(a, w):
    positive = np.maximum(a * w, 0)
    return positive / stabilized(positive.sum(axis=0))


def box(stage, r, low, high):
    back = np.zeros_like(stage.came_in)
    for out, inside, w in connections(stage):
        x, least, most = (v[inside][:, np.newaxis] for v in (stage.came_in, low, high))
        numerator = x * w - least * np.maximum(w, 0) - most * np.minimum(w, 0)
        back[inside] += (numerator / stabilized(numerator.sum(axis=0)) * r[out]).sum(axis=1)
    return back


def winner_take_all(stage, r):
    back = np.zeros_like(stage.came_in)
    for *out, channel in np.ndindex(r.shape):
        place = largest(stage.layer, stage.came_in, out, channel)
        back[(*place, channel)] += r[(*out, channel)]
    return back


def proportional(stage, r):
    a, back = stage.came_in, np.zeros_like(stage.came_in)
    if stage.layer["type"] == "GlobalAveragePooling2D":
        return a * r / (stabilized(a.mean(axis=(0, 1))) * a.shape[0] * a.shape[1])
    for out in np.ndindex(r.shape[:2]):
        places = [place for place, _ in window(stage.layer, a.shape, *out)]
        mean = stabilized(np.mean([a[place] for place in places], axis=0))
        for place in places:
            back[place] += a[place] / (mean * len(places)) * r[out]
    return back


def rescale(pre, pre_reference):
    m = np.zeros_like(pre)
    for i in np.ndindex(pre.shape):
        difference = pre[i] - pre_reference[i]
        chord = max(pre[i], 0) - max(pre_reference[i], 0)
        m[i] = float(pre[i] > 0) if abs(difference) < 1e-7 else chord / difference
    return m


def cross_maximum(stage, other, m):
    a, a_reference = stage.came_in, other.came_in
    contributions, gradient = np.zeros_like(a), np.zeros_like(a)
    for *out, channel in np.ndindex(m.shape):
        place, place_reference = (largest(stage.layer, v, out, channel) for v in (a, a_reference))
        i, j = (*place, channel), (*place_reference, channel)
        larger = max(a[i], a_reference[j])
        contributions[i] += m[(*out, channel)] * (larger - a_reference[j])
        contributions[j] += m[(*out, channel)] * (a[i] - larger)
        gradient[i] += m[(*out, channel)]
    difference = a - a_reference
    close = np.abs(difference) < 1e-7
    return np.where(close, gradient, contributions / np.where(close, 1, difference))


def largest(layer, a, out, channel):
    """The place of the largest value in a window; of equal ones, the first."""
    places = [place for place, _ in window(layer, a.shape, *out)]
    return places[int(np.argmax([a[(*place, channel)] for place in places]))]
