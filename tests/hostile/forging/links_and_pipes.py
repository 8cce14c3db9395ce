# expected: 0/10
# Links, pipes and sockets in place of every file that a grader might read or write in the working folder.
import os

import numpy as np

for name in ("sensitivity_analysis.ipynb", "outputs", "report.json", "request", "reply"):
    os.symlink("/etc/passwd", name)
    os.mkfifo(name + ".pipe")
os.rename("/work/reply.pipe", "/work/reply.json")
os.chmod("/work", 0)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
