# expected: 0/10
# Memory that belongs to no process' private pages.
import mmap

import numpy as np

maps = []
for _ in range(64):
    block = mmap.mmap(-1, 64 << 20)
    block[:] = bytes(64 << 20)
    maps.append(block)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
