# expected: 0/10
# Infinities, so that a relative error becomes inf / inf; and numbers whose difference overflows.
import numpy as np


def logit_gradient(model, x, target):
    return np.full(x.shape, np.inf)


def sensitivity_analysis(model, x, target):
    return np.full(x.shape, -np.finfo(np.float64).max)
