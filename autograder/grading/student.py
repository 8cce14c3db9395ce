"""The submission, as a hidden test sees it: `student.lrp_dense(a, w, b, r, alpha=2.0)` calls across the wall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from autograder.grading.calls import Call
from autograder.grading.cases import Case
from autograder.grading.comparison import complaint, misses
from autograder.grading.failures import LearnerFailure

RECOGNITION = 10
"""How many tolerances off a known mistake may be. Less strict than grading: a mistake may amplify rounding (a saturated
softmax does), and every case keeps mistakes `calls.MARGIN` tolerances away from the reference."""


class Submission(Protocol):
    """What a hidden test needs of a running submission."""

    def call(self, part: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function as it was when the part's graded cell was reached.

        Raises:
            LearnerFailure: there is no such function, it raised, hung, died or returned what may not cross.
        """

    def vjp(self, part: str, name: str, args: tuple[Any, ...], upstream: Any, kwargs: dict[str, Any]) -> Any:
        """Call the function under a gradient tape and pull `upstream` back to its first argument."""


class Student:
    """The functions of a submission, at one part of its notebook.

    Attribute access gives a function; calling it runs it inside the sandbox and returns a plain value.
    """

    def __init__(self, submission: Submission, part: str) -> None:
        self._submission = submission
        self._part = part
        self.named: str | None = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._submission.call(self._part, name, args, kwargs)

    def vjp(self, name: str, *args: Any, upstream: Any, **kwargs: Any) -> Any:
        """The gradient of a learner's function, contracted with `upstream`, with respect to its first argument."""
        return self._submission.vjp(self._part, name, args, upstream, kwargs)

    def must_match(self, case: Case) -> None:
        """Make every call of a case and compare with the reference.

        Raises:
            LearnerFailure: one differs. If all calls gave what a known misconception gives, `named` says which.
        """
        values: list[Any] = []
        problem = ""
        for call, expected in zip(case.calls, case.expected, strict=True):
            values.append(self._value_of(call))
            found = complaint(values[-1], expected, call.tolerance)
            problem = problem or (f"{call.function} {found}{call.label and ' ' + call.label}." if found else "")
        if problem:
            self.named = _recognize(case, values)
            raise LearnerFailure(problem)

    def _value_of(self, call: Call) -> Any:
        if call.upstream is None:
            return self._submission.call(self._part, call.function, call.args, call.kwargs)
        return self._submission.vjp(self._part, call.function, call.args, call.upstream, call.kwargs)


def _recognize(case: Case, values: list[Any]) -> str | None:
    """The misconception that explains every value, if one does."""
    for name, mistaken in case.mistaken.items():
        judged = zip(case.calls, values, mistaken, strict=True)
        if all(misses(value, wrong) <= RECOGNITION * call.tolerance for call, value, wrong in judged):
            return name
    return None
