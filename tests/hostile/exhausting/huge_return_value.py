# expected: 0/10
# Return values of gigabytes: real ones, and ones that only say so.
import numpy as np


def logit_gradient(model, x, target):
    return np.broadcast_to(np.float32(1), (1 << 15, 1 << 15))


def sensitivity_analysis(model, x, target):
    return tuple(np.ones((1 << 24) - 100, np.float32) for _ in range(4))
