"""Pays once, in the warm parent, for what every submission would pay first: modules, files, fonts, a traceback.

TensorFlow's own first operations cannot be paid for there, since they start threads; `operations` makes them cheaper.
In a child that waits for code they could be: that was tried, and costs a child more than it saves the submission.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import random
import sys

import keras  # noqa: F401
import matplotlib.pyplot as plt
import numpy as np
import tensorflow  # noqa: F401
from IPython.core import logger as _  # noqa: F401 - which the first cell imports
from IPython.core.interactiveshell import InteractiveShell

import understanding_nn
from understanding_nn import data, networks, plots
from understanding_nn.networks import packaged

from . import operations


def preload(shell: InteractiveShell) -> None:
    """Read the packaged files, draw, and show an exception, once for all children: in their parent, so no TensorFlow.

    Args:
        shell: in which the children's cells run.
    """
    for module in pkgutil.iter_modules(understanding_nn.__path__, "understanding_nn."):
        importlib.import_module(module.name)
    try:
        raise ValueError("not a real one")
    except ValueError:  # the first traceback asks 3,000 modules for their files
        shell.InteractiveTB.structured_traceback(*sys.exc_info())
    operations.run_directly()
    digits = data.mnist()
    np.random.seed(0)  # NumPy imports this module only when it is asked for
    for name in networks.names():
        packaged.weights(name)
    plots.grid(digits.x_test[:1], titles=["a"])._repr_png_()
    figure, axes = plt.subplots()
    axes.plot([0, 1], label="a")
    axes.legend()
    figure.canvas.draw()
    plt.close(figure)


def reseed(seed: int | None) -> None:
    """Give this child random numbers of its own: after a fork all siblings would draw the same.

    Args:
        seed: for numbers that are the same in every run; None for numbers that nobody can repeat.
    """
    source = random.Random(seed if seed is not None else os.urandom(32))  # noqa: S311 - not for secrets
    random.seed(source.getrandbits(256))
    np.random.seed(source.getrandbits(32))
