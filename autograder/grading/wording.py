"""What a Report says of a call that failed: a sentence of ours, never words of the submission.

While a hidden test calls it, a submission knows the hidden input, and whatever it could put into a message would come
back in its report. So what crossed the line is told only where it is one of a closed list.
"""

from __future__ import annotations

import builtins
import dataclasses
import re
import types
from collections.abc import Sequence

import tensorflow

import understanding_nn.errors
from autograder.sandbox import CallFailed, CallStopped, ChildLost, ValueRefused
from autograder.sandbox.inside.values import ValueLimits

KNOWN_EXCEPTIONS = frozenset(
    name
    for module in (builtins, tensorflow.errors, understanding_nn.errors)
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
"""Exceptions that a message may name. A class of the submission's own could carry a hidden input in its name."""

_TYPES = frozenset(
    {value.__name__ for room in (builtins, types) for value in vars(room).values() if isinstance(value, type)}
    | {"RaggedTensor", "SparseTensor", "Figure", "Axes", "DataFrame", "Series"}
)
_DTYPES = frozenset({"object", "complex64", "complex128", "bfloat16", "string"})
_AMOUNTS = frozenset(str(amount) for amount in dataclasses.asdict(ValueLimits()).values())

_REFUSALS = (
    (r"returned an? (\w+); return a NumPy array", _TYPES),
    (r"returned an array of dtype (\w+); return numbers, for example float32", _DTYPES),
    (r"returned an array that is too large; at most (\d+) bytes may cross", _AMOUNTS),
    (r"returned arrays that are too large together; at most (\d+) bytes may cross", _AMOUNTS),
    (r"returned more than (\d+) (?:values|networks)", _AMOUNTS),
    (r"returned tuples nested more than (\d+) deep", _AMOUNTS),
    (r"returned a symbolic tensor, which has no values; return an eager tensor or array", frozenset[str]()),
    (r"returned a list of numbers; return a NumPy array, for example np\.array\(result\)", frozenset[str]()),
    (r"returned a string; return a NumPy array", frozenset[str]()),
    (r"returned an integer of more than 64 bits", frozenset[str]()),
)


def of_exception(name: str, failed: CallFailed, stopped_above: Sequence[str] = ()) -> str:
    """What is told when a learner's function raised.

    Args:
        name: the function's.
        failed: what the sandbox says of it.
        stopped_above: why cells above the part were stopped.

    Example:
        >>> of_exception("lrp", CallFailed("NotImplementedError", ""))
        'lrp is not written yet: it raises NotImplementedError.'
    """
    if isinstance(failed, CallStopped):
        return f"{name} took too long and was stopped."
    if failed.type_name == "NotImplementedError":
        return f"{name} is not written yet: it raises NotImplementedError."
    if failed.type_name == "NotDefined":
        because = f" A cell above was stopped: {stopped_above[0]}." if stopped_above else ""
        return f"There is no function {name} at this place in the notebook.{because}"
    kind = failed.type_name if failed.type_name in KNOWN_EXCEPTIONS else "an exception of its own"
    return f"{name} raised {kind} on a hidden input. Run its check, and try arguments of other shapes."


def of_refusal(name: str, refused: ValueRefused) -> str:
    """What is told when a learner's function returned what may not cross. The reason given is the child's own word.

    Args:
        name: the function's.
        refused: what the child says of it.

    Example:
        >>> of_refusal("lrp", ValueRefused("returned a dict; return a NumPy array"))
        'lrp returned a dict; return a NumPy array.'
        >>> of_refusal("lrp", ValueRefused("returned a PixelIs17; return a NumPy array"))
        'lrp returned something that may not cross; return a NumPy array.'
    """
    for pattern, known in _REFUSALS:
        found = re.fullmatch(pattern, str(refused), re.ASCII)
        if found and known.issuperset(found.groups()):
            return f"{name} {refused}."
    return f"{name} returned something that may not cross; return a NumPy array."


def of_loss(subject: str, lost: ChildLost) -> str:
    """What is told when a learner's process ended, or sent what is no answer.

    Args:
        subject: what ran: the function's name, or "This cell".
        lost: what the sandbox says of it.

    Example:
        >>> of_loss("lrp", ChildLost("protocol", "sent a header of 17 bytes instead of a reply"))
        'lrp disturbed the line to the grader, and was stopped.'
    """
    if lost.reason == "protocol":  # the details are made of bytes that the submission chose
        return f"{subject} disturbed the line to the grader, and was stopped."
    return f"{subject} {lost.message}."
