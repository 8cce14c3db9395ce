# expected: 0/10, shows "variables were read"
# The environment, now and as it was at the start, and the command line.
import os
import re

import numpy as np

texts = ["\n".join(f"{name}={value}" for name, value in os.environ.items())]
for name in ("environ", "cmdline"):
    with open(f"/proc/self/{name}") as file:
        texts.append(file.read().replace("\0", "\n"))
told = "\n".join(texts)
print(
    told.count("="), "variables were read", "LEAKED" * bool(re.search(r"(?i)secret|token|passw|autograder|/root", told))
)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
