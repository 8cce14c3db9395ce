"""Makes TensorFlow's first operations in a child cheap, without running one: that would start threads.

Nothing depends on it. Both ways lead through TensorFlow's private modules, and a version without them is only slower.
"""

from __future__ import annotations

from contextlib import suppress


def prepare() -> None:
    """Do once, in the warm parent, what every child would do at its first operations, or need not do at all."""
    with suppress(ImportError, AttributeError):
        _run_directly()
    with suppress(ImportError, AttributeError):
        _register_compilers()


def _run_directly() -> None:
    """Have an operation's kernel called as it is.

    By default TensorFlow makes a function around every operation, and optimizes that, whenever it comes with types or
    attributes that are new: half a millisecond, a hundred times in a notebook. The kernel that computes is the same.
    """
    from tensorflow.python import pywrap_tfe

    set_option = pywrap_tfe.TFE_ContextOptionsSetRunEagerOpAsFunction
    pywrap_tfe.TFE_ContextOptionsSetRunEagerOpAsFunction = lambda options, _: set_option(options, False)


def _register_compilers() -> None:
    """Register the kernels of TensorFlow's compiler, which it does before it optimizes its first function."""
    from tensorflow.python.util import pywrap_xla_ops

    pywrap_xla_ops.get_cpu_kernel_names()
