# expected: 0/10
# NaN is neither above nor below a tolerance.
import numpy as np


def logit_gradient(model, x, target):
    return np.full_like(x, np.nan)


def sensitivity_analysis(model, x, target):
    return np.where(np.arange(x.size).reshape(x.shape) % 2, np.nan, -np.nan).astype(np.float32)
