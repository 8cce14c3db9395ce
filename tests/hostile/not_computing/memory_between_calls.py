# expected: 0/10
# Hands out what an earlier call was given, or gave.
import numpy as np

seen = []


def logit_gradient(model, x, target):
    seen.append(np.array(x))
    return next((old for old in seen[:-1] if old.shape == x.shape), np.zeros_like(x))


def sensitivity_analysis(model, x, target):
    return logit_gradient(model, x, target) ** 2
