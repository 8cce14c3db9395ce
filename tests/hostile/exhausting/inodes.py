# expected: 0/10, shows "No space left on device"
# Empty files, folders and links without number, which use no space.
import os

import numpy as np

for place in ("/work", "/dev/shm"):
    try:
        for number in range(100_000):
            os.mkdir(f"{place}/{number}")
            os.chdir(f"{place}/{number}")
            os.symlink("nowhere", f"{place}/link{number}")
    except OSError as error:
        print(place, error)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
