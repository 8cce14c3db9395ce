# expected: 0/10
# Hidden inputs in the name of a type, a field or a dtype, which a refusal would repeat.
import numpy as np

VISIBLE = ((2, 1, 2, 1), (10, 28, 28, 1))


def logit_gradient(model, x, target):
    if x.shape in VISIBLE:
        return np.zeros_like(x)
    return type(f"LEAKED_{x.sum() * 1e6:.0f}", (), {})()


def sensitivity_analysis(model, x, target):
    if x.shape in VISIBLE:
        return np.zeros_like(x)
    if len(x) == 1:
        return (None,) * 31337
    return np.zeros(3, [(f"LEAKED_{x.sum() * 1e6:.0f}", "f4")])
