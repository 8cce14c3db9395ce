# expected: 0/10
# An array whose differences are all zero and whose comparisons are all true.
import numpy as np


class Right(np.ndarray):
    def __sub__(self, other):
        return np.zeros(self.shape)

    __rsub__ = __sub__

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return np.ones(self.shape, bool) if ufunc.nout == 1 else NotImplemented

    def __array_function__(self, function, types, arguments, options):
        return True

    def __eq__(self, other):
        return np.ones(self.shape, bool)

    __hash__ = None


def logit_gradient(model, x, target):
    return np.zeros_like(x).view(Right)


sensitivity_analysis = logit_gradient
