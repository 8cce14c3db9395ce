# expected: 0/10
# Memory that is really written to, in cells and in calls.
import numpy as np

blocks = []


def logit_gradient(model, x, target):
    if len(x) in (2, 10):
        return np.zeros_like(x)
    while True:
        blocks.append(np.ones(1 << 22))


def sensitivity_analysis(model, x, target):
    return np.zeros_like(x)


# %%
more = bytearray(1 << 40)

# %%
while True:
    blocks.append(np.ones(1 << 22))
