# expected: 0/10
# An array of objects that are each equal to everything.
import numpy as np


class Right(float):
    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = lambda self, other: Right(0)
    __abs__ = lambda self: Right(0)
    __hash__ = float.__hash__


def logit_gradient(model, x, target):
    result = np.empty(x.shape, object)
    result[...] = Right(0)
    return result


def sensitivity_analysis(model, x, target):
    return Right(0)
