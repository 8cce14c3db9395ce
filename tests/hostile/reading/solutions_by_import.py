# expected: 0/10, shows "refused: 6"
# The reference, the graders and their secret by import, with every helper that Python has.
import importlib
import pkgutil
import runpy
import sys

import numpy as np

refused = 0
for way in (
    lambda: importlib.import_module("solutions.sensitivity_analysis"),
    lambda: importlib.import_module("autograder.graders.sensitivity_analysis"),
    lambda: runpy.run_module("autograder"),
    lambda: pkgutil.resolve_name("solutions.sensitivity_analysis:logit_gradient"),
    lambda: __import__("autograder.classroom"),
    lambda: importlib.reload(sys.modules["solutions"]),
):
    try:
        print("LEAKED", way())
    except (ImportError, KeyError):
        refused += 1
print("refused:", refused)


def logit_gradient(model, x, target):
    try:
        from solutions.sensitivity_analysis import logit_gradient as reference
    except ImportError:
        return np.zeros_like(x)
    return reference(model, x, target)


def sensitivity_analysis(model, x, target):
    return logit_gradient(model, x, target) ** 2
