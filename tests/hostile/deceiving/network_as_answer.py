# expected: 0/10
# Networks may cross the line, but they are no answer here.
import numpy as np


def logit_gradient(model, x, target):
    return model


def sensitivity_analysis(model, x, target):
    return (model, np.zeros_like(x))
