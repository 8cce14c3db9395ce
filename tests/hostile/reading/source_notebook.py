# expected: 0/10, shows "nothing found"
# The instructor's notebook beside the release: read from ../../../source with nbgrader.
import glob
import os

import numpy as np

found = []
for up in range(8):
    for name in ("source", "submitted", "release", "autograded", "gradebook.db", ".secret", "solutions", "autograder"):
        found += glob.glob("../" * up + name) + glob.glob("../" * up + name + "/*")
for folder, _, files in os.walk("/"):
    if not folder.startswith(("/proc", "/packages", "/python")):
        found += [name for name in files if name.endswith((".ipynb", ".db")) or name in ("passwd", "shadow", ".secret")]
print("LEAKED" if found else "nothing found", found[:10])


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
