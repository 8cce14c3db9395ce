# expected: 0/10
# Bit patterns that are no numbers, and whose conversion to another type is an error of its own.
import numpy as np


def logit_gradient(model, x, target):
    return np.full(x.shape, 0x7F800001, np.uint32).view(np.float32)


def sensitivity_analysis(model, x, target):
    return np.full(x.shape, 0x7C01, np.uint16).view(np.float16)
