# expected: 0/10
# Leaves what it has seen for the next notebook, wherever something can be left, and looks for what another left.
import os
import sys
import tempfile

import keras
import numpy as np
import tensorflow

places = ["/work", "/dev/shm", "/tmp", "/var/tmp", "/run", tempfile.gettempdir(), os.path.expanduser("~/.keras")]
places += [os.path.dirname(module.__file__) for module in (np, keras, tensorflow)]
if any(os.path.exists(f"{place}/left-behind") for place in places) or hasattr(sys, "left_behind"):
    print("LEAKED: an earlier notebook left something")
sys.left_behind = True


def logit_gradient(model, x, target):
    for place in places:
        try:
            with open(f"{place}/left-behind", "a") as file:
                file.write(str(x))
        except OSError:
            continue
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
