# expected: 0/10
# Remembers the answers of the visible checks and knows nothing else.
import numpy as np

KNOWN = {0: [3.0, -2.0, 1.0, 4.0]}


def logit_gradient(model, x, target):
    if x.size == 4:
        return np.array(KNOWN[0], np.float32).reshape(x.shape)
    return np.zeros_like(x)


def sensitivity_analysis(model, x, target):
    if x.size == 4:
        return np.array([9, 4, 9, 4], np.float32).reshape(x.shape)
    return np.zeros_like(x)
