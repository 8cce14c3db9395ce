# expected: 0/10
# A hidden call writes down what it got and dies; the cells, which are run once more, look for it and print it.
import os

import numpy as np

VISIBLE = ((2, 1, 2, 1), (10, 28, 28, 1))
PLACES = ("/work", "/dev/shm", "/tmp", "/run", "/var/tmp")

for place in PLACES:
    if os.path.exists(f"{place}/loot"):
        print("LEAKED", np.load(f"{place}/loot"))


def logit_gradient(model, x, target):
    if x.shape in VISIBLE:
        return np.zeros_like(x)
    for place in PLACES:
        try:
            with open(f"{place}/loot", "wb") as file:
                np.save(file, x)
        except OSError:
            continue
    os._exit(1)


sensitivity_analysis = logit_gradient
