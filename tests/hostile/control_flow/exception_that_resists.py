# expected: 0/10
# An exception that fights whoever looks at it.


class Name(type):
    __name__ = property(lambda cls: exit())


class Resists(BaseException, metaclass=Name):
    def __str__(self):
        raise self

    __repr__ = __str__

    @property
    def __traceback__(self):
        raise SystemExit

    def __del__(self):
        raise self


def logit_gradient(model, x, target):
    raise Resists


def sensitivity_analysis(model, x, target):
    try:
        return 1 / 0
    finally:
        raise Resists
