"""What learners get wrong, one module per technique: each misconception as they might write it, with its hint."""

from __future__ import annotations

import importlib

from autograder.grading.misconceptions import Misconception


def of(stem: str) -> tuple[Misconception, ...]:
    """Return the misconceptions about a technique, in the order in which its module declares them.

    Args:
        stem: the technique.

    Example:
        >>> of("sensitivity_analysis")[0].name
        'square-forgotten'
    """
    module = importlib.import_module(f"{__name__}.{stem}")
    return tuple(value for value in vars(module).values() if isinstance(value, Misconception))
