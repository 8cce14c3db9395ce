"""How a long ascent is judged: by where it ends.

A few steps can be compared number by number. After many, rounding decides which neurons switched on the way, and a
correct ascent may have come to another place. It must be as high there as the reference is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from autograder.grading.calls import Call
from autograder.grading.cases import Case
from autograder.grading.comparison import complaint
from autograder.grading.failures import LearnerFailure
from autograder.grading.student import Student

ANY_PLACE = np.inf
"""The tolerance of a call of which only the form is compared: the last one of a case for `must_climb`."""

Objective = Callable[[Call, Any], np.ndarray]
"""From a call of an ascent, and what it gave, to what the ascent should make large, for each image."""


def must_climb(student: Student, case: Case, objective: Objective, *, slack: float = 0.02) -> None:
    """Compare all calls of a case with the reference but the last, a long ascent, which is judged by its end.

    Args:
        student: the submission.
        case: its last call has the tolerance `ANY_PLACE`.
        objective: the reference's own, of what a call gave.
        slack: how far below the reference's end each one may be, in the unit of the objective, nats.

    Raises:
        LearnerFailure: a call differs, or the end of the long ascent is lower than the reference's.
    """
    mistaken = {name: answers[:-1] for name, answers in case.mistaken.items()}
    student.must_match(Case(case.calls[:-1], case.expected[:-1], mistaken))
    call, expected = case.calls[-1], case.expected[-1]
    value = getattr(student, call.function)(*call.args, **call.kwargs)
    problem = complaint(value, expected, call.tolerance)
    if problem:
        raise LearnerFailure(f"{call.function} {problem} {call.label}.")
    if not (objective(call, value) >= objective(call, expected) - slack).all():
        raise LearnerFailure(
            f"{call.function} ends too low {call.label}: its first steps are right, but after the last one the "
            "objective is smaller than it should be."
        )


def with_long_ascent(case: Case, reference: ModuleType, *, num_steps: int) -> Case:
    """The case with a long ascent after its calls, as `must_climb` wants it: the last one with many more steps.

    Made for each grading rather than drawn with the case, so that no misconception has to run it.

    Args:
        case: its last call has the option `num_steps`.
        reference: the solution module.
        num_steps: how many steps the long ascent makes.
    """
    short = case.calls[-1]
    options = short.kwargs | {"num_steps": num_steps}
    run = replace(short, kwargs=options, label=f"after {num_steps} steps", tolerance=ANY_PLACE)
    mistaken = {name: (*answers, None) for name, answers in case.mistaken.items()}
    return Case((*case.calls, run), (*case.expected, run.on(reference)), mistaken)
