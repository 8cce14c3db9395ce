# expected: 0/10
# The next notebook, which looks for what the one before left.
import glob
import sys

import numpy as np

found = [name for top in ("*", "*/*", "*/*/*", "packages/*/*") for name in glob.glob(f"/{top}/left-behind")]
if found or hasattr(sys, "left_behind"):
    print("LEAKED: an earlier notebook left something")


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
