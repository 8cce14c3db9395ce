# expected: 0/10
# Sleeps a little less than the limit, again and again: no CPU time, and a night for every notebook.
import time

import numpy as np


def logit_gradient(model, x, target):
    time.sleep(3.5)
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
time.sleep(3.5)

# %%
time.sleep(3.5)

# %%
time.sleep(3.5)

# %%
time.sleep(3.5)

# %%
time.sleep(3.5)

# %%
time.sleep(3.5)

# %%
time.sleep(3.5)

# %%
time.sleep(3.5)

# %%
print("LEAKED: slept through the limit")
