"""A whole class: settle every hand-in side by side; one writer alone brings each into the gradebook as it comes.

Every step may be killed and run again. What is settled is in the store under its content; what is committed shows in
`autograded/` and in the gradebook itself; so a second run finds what the first one did, and does the rest.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from autograder import assembly, intake
from autograder.assembly import to_text
from autograder.classroom import Classroom
from autograder.disk import write_atomically
from autograder.errors import AutograderError
from autograder.gradebook.engines import EngineStarter, confined_engine
from autograder.gradebook.fingerprint import grading_version
from autograder.gradebook.grading import Settled, marked
from autograder.gradebook.store import Result, ResultStore
from autograder.gradebook.workers import Job, Lost, import_ahead, settle_all
from autograder.report import CellReport, Report
from autograder.sandbox import Limits

LOST_MESSAGE = "Grading failed for a reason of its own. This is not your fault."


class NothingToGradeError(AutograderError):
    """Nobody has handed in what was asked for."""


class Watcher(Protocol):
    """What `grade_class` tells while it works."""

    def begin(self, total: int) -> None:
        """So many hand-ins are to be graded."""

    def done(self, settled: Settled) -> None:
        """A hand-in has its result, which is in the gradebook unless that failed."""


@dataclass
class ClassResult:
    """What `grade_class` did.

    Attributes:
        settled: every hand-in with its Report, by technique and learner.
        committed: how many were written to the gradebook now; the others were there already.
        faults: what went wrong on our side, in plain words.
        overview: the page about the whole classroom.
    """

    settled: list[Settled] = field(default_factory=list)
    committed: int = 0
    faults: list[str] = field(default_factory=list)
    overview: Path | None = None

    @property
    def could_not_tell(self) -> list[Settled]:
        """Hand-ins that a person must look at."""
        return [one for one in self.settled if one.report.outcome == "could-not-tell"]


def grade_class(
    classroom: Classroom,
    stems: Sequence[str],
    watcher: Watcher,
    *,
    workers: int | None = None,
    learner: str | None = None,
    db_url: str | None = None,
    anew: bool = False,
    feedback: bool = True,
    limits: Limits | None = None,
    start_engine: EngineStarter = confined_engine,
) -> ClassResult:
    """Grade what a class has handed in: into the gradebook, with feedback, and with a page about the classroom.

    Args:
        classroom: the class.
        stems: the techniques; all must be released.
        watcher: is told of each step.
        workers: how many processes grade; None: one for each processor.
        learner: grade only this one; None: all.
        db_url: SQLAlchemy address of the gradebook; None: the classroom's own.
        anew: grade also what has a result.
        feedback: write the feedback pages.
        limits: what a submission may use.
        start_engine: what grades; a test may bring its own.

    Returns:
        Every hand-in with its Report, and what went wrong.

    Raises:
        NothingToGradeError: there is no hand-in.
        ClassroomError: a technique is not released, or another command is at work in the classroom.
        GradebookError: the gradebook cannot be opened or lacks a technique; known after the first hand-in.
        WorkError: this machine cannot confine a submission.
    """
    limits = limits or Limits()
    with classroom.lock():
        classroom.sweep()
        for stem in stems:
            classroom.source_notebook(stem)
        hand_ins = [h for stem in stems for h in classroom.hand_ins(stem) if learner in (None, h.learner)]
        if not hand_ins:
            raise NothingToGradeError(f"there is no hand-in to grade in {classroom.submitted}")
        store = ResultStore(classroom.results)
        if start_engine is confined_engine and (anew or store.count() < len(hand_ins)):
            import_ahead(stems)
        job = Job(classroom, {stem: grading_version(stem, limits) for stem in stems}, limits, anew, start_engine)
        result = ClassResult()
        watcher.begin(len(hand_ins))
        with closing(settle_all(hand_ins, job, workers or os.cpu_count() or 1)) as answers, ExitStack() as stack:
            writer = None
            for answer in answers:
                if writer is None:  # with the first answer: the workers go on while nbgrader is imported
                    from autograder.gradebook.writer import Writer

                    writer = stack.enter_context(Writer(classroom, stems, store, db_url, anew=anew, feedback=feedback))
                if isinstance(answer, Lost):
                    result.faults.append(f"{answer.hand_in.learner}, {answer.hand_in.stem}: {answer.reason}")
                settled = _give_up(classroom, answer) if isinstance(answer, Lost) else answer
                if settled.passing is not None:  # what could not be told is kept for this run only
                    store.put(settled.key, settled.passing)
                written = writer.write(settled)
                result.settled.append(settled)
                result.committed += written.committed
                result.faults += [written.fault] if written.fault else []
                watcher.done(settled)
            assert writer is not None  # there is a hand-in, and so an answer
            result.settled.sort(key=lambda one: (one.stem, one.learner))
            result.overview = writer.write_overview(result.settled, result.faults)
    return result


def _give_up(classroom: Classroom, lost: Lost) -> Settled:
    """A hand-in that our own workers could not bring back: not told, for every part, and never a zero."""
    learner, stem = lost.hand_in.learner, lost.hand_in.stem
    parts = assembly.exercise(stem).parts
    cells = tuple(CellReport(part.name, 0.0, part.points, "could-not-tell", LOST_MESSAGE) for part in parts)
    key = f"lost-{learner}-{stem}"
    blank = marked(intake.rebuild(b"", classroom.source_notebook(stem)).notebook, key, (), None)
    write_atomically(classroom.intake / learner / stem / f"{stem}.ipynb", to_text(blank).encode())
    report = Report(stem, cells, lost.hand_in.notes)
    return Settled(learner, stem, key, report, None, was_known=False, passing=Result(report, blank))
