# expected: 0/10
# One number that would fit every image if shapes were broadcast.
import numpy as np


def logit_gradient(model, x, target):
    return np.zeros((1,) * x.ndim, np.float32)


def sensitivity_analysis(model, x, target):
    return 0.0
