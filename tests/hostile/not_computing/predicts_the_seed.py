# expected: 0/10
# Knows how cases are drawn, and tries the seeds that a grader might have.
import hashlib

import numpy as np

cells = "\n\0\n".join(In)
seeds = [0, 1, 42, 1234, int.from_bytes(hashlib.sha256(cells.encode()).digest()[:4], "big")]


def logit_gradient(model, x, target):
    for seed in seeds:
        guess = np.random.default_rng(seed).uniform(0, 1, x.shape).astype(np.float32)
        if np.allclose(guess, x):
            raise RuntimeError
    return np.random.normal(size=x.shape)


sensitivity_analysis = logit_gradient
