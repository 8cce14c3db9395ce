# expected: 0/10
# Output without end, by every way out.
import os
import sys

import numpy as np


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient

# %%
while True:
    print("x" * 1000)

# %%
while True:
    os.write(1, b"y" * 1000)

# %%
while True:
    display("z")
    sys.stderr.write("w" * 100)
