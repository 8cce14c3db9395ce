# expected: 0/10
# Hidden inputs in what a report could tell of an exception: text, class name, notes, the line of code.
import linecache

import numpy as np

VISIBLE = ((2, 1, 2, 1), (10, 28, 28, 1))


def logit_gradient(model, x, target):
    if x.shape in VISIBLE:
        return np.zeros_like(x)
    error = type(f"LEAKED_{x.sum():.0f}", (ValueError,), {"__module__": "LEAKED"})(f"LEAKED {x}")
    error.add_note(f"LEAKED {x}")
    linecache.getline = lambda *_: f"LEAKED {x}"
    raise error from KeyError(f"LEAKED {x}")


def sensitivity_analysis(model, x, target):
    if x.shape in VISIBLE:
        return np.zeros_like(x)
    raise type(f"LEAKED_{x.sum():.0f}", (BaseException,), {})
