"""What the sandbox can say went wrong, and whose fault each is."""

from __future__ import annotations

from autograder.errors import AutograderError
from autograder.sandbox.inside.values import ValueRefused

__all__ = ["CallFailed", "CallStopped", "ChildLost", "ConfinementError", "ValueRefused"]


class ConfinementError(AutograderError):
    """Our side: this machine cannot confine a submission, so none is run.

    Args:
        reasons: what failed and what to do about it, one sentence or two each, most likely first.

    Example:
        >>> str(ConfinementError(("user namespaces are off",)))
        'cannot confine a submission: user namespaces are off'
    """

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("cannot confine a submission: " + "; ".join(reasons))
        self.reasons = reasons


class ChildLost(Exception):  # noqa: N818 - what happened to a learner's code, a result rather than an error of ours
    """The child is gone, or can no longer be believed: the learner's failure, unless a control notebook fails too.

    Args:
        reason: one of `exited`, `crashed`, `memory`, `cpu-time`, `wall-time`, `protocol`.
        message: the same in words for the learner.

    Example:
        >>> ChildLost("memory", "used more than 1 GiB of memory").reason
        'memory'
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class CallFailed(Exception):  # noqa: N818 - as above
    """The learner's function raised. The child lives on.

    Args:
        type_name: the exception's class name, cleaned. A class of the learner's may have any name.
        message: its text, cleaned and cut. It is the learner's own words and may repeat the arguments of the call.
        where: the line of the learner's code that raised, or an empty string.

    Example:
        >>> str(CallFailed("ValueError", "no such layer"))
        'ValueError: no such layer'
    """

    def __init__(self, type_name: str, message: str, where: str = "") -> None:
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name = type_name
        self.message = message
        self.where = where


class CallStopped(CallFailed):
    """The learner's function took too long and was interrupted. The child lives on.

    Args:
        message: which limit it overran, in words.

    Example:
        >>> str(CallStopped("ran longer than 10 s of CPU time"))
        'KeyboardInterrupt: ran longer than 10 s of CPU time'
    """

    def __init__(self, message: str) -> None:
        super().__init__("KeyboardInterrupt", message)
