# expected: 0/10
# Recursion until the C stack ends, and a pointer to nowhere.
import ctypes
import sys

sys.setrecursionlimit(10**9)


def logit_gradient(model, x, target):
    class Deep:
        def __getattr__(self, name):
            return getattr(self, name + "x")

    return Deep().x


def sensitivity_analysis(model, x, target):
    return ctypes.string_at(0)
