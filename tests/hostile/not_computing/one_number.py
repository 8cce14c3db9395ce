# expected: 0/10 in explanation_continuity
# Where the answer is one number, one that it often is: the largest change over the smallest distance.
import numpy as np


def explanation_continuity(images, relevances):
    pairs = np.transpose(np.triu_indices(len(images), 1))
    distance = [np.linalg.norm(images[i] - images[j]) for i, j in pairs]
    change = [np.abs(relevances[i] - relevances[j]).sum() for i, j in pairs]
    return float(max(change) / min(d for d in distance if d > 0))
