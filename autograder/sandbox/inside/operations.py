"""Makes TensorFlow's first operations in a child cheap, without running one: that would start threads."""

from __future__ import annotations

from contextlib import suppress


def run_directly() -> None:
    """Have every child call an operation's kernel as it is.

    By default TensorFlow makes a function around every operation, and optimizes that, whenever it comes with types or
    attributes that are new, which takes longer than the operation. The kernel that computes is the same. The way leads
    through a private module; nothing depends on it, and a version of TensorFlow without it is only slower.
    """
    with suppress(ImportError, AttributeError):
        from tensorflow.python import pywrap_tfe

        set_option = pywrap_tfe.TFE_ContextOptionsSetRunEagerOpAsFunction
        pywrap_tfe.TFE_ContextOptionsSetRunEagerOpAsFunction = lambda options, _: set_option(options, False)
