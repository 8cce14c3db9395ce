# expected: 0/10, shows "output cut"
# One line of 20 MB, and an error message as long.
import numpy as np


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient

# %%
print("x" * 20_000_000)

# %%
raise ValueError("y" * 20_000_000)

# %%
"z" * 20_000_000
