# expected: 0/10
# An object that is equal to everything, and lies about all that a comparison could ask it.


class Right:
    dtype, shape, ndim, size = "float32", (1,), 1, 1

    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __gt__ = lambda self, other: False
    __le__ = __ge__ = __eq__
    __hash__ = object.__hash__
    __sub__ = __rsub__ = __abs__ = __mul__ = __getitem__ = lambda self, *others: self
    __bool__ = lambda self: True
    __float__ = lambda self: 0.0
    __len__ = lambda self: 1


def logit_gradient(model, x, target):
    return Right()


def sensitivity_analysis(model, x, target):
    return Right()
