# expected: 0/10
# Several answers at once, in the hope that one of them is looked at.
import numpy as np


def logit_gradient(model, x, target):
    return tuple(np.full_like(x, value) for value in (0, 1, -1, 0.5))


def sensitivity_analysis(model, x, target):
    return [x, np.zeros_like(x), np.ones_like(x)]
