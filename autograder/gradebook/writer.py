"""The one writer: what is settled goes into the gradebook, into `autograded/` and onto a feedback page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType

from nbgrader.api import Gradebook

from autograder.classroom import Classroom
from autograder.gradebook import overview, scores, shell
from autograder.gradebook.converters import Committing, Feedback
from autograder.gradebook.grading import Settled, shown_of
from autograder.gradebook.shell import GradebookError, Shell
from autograder.gradebook.store import ResultStore


@dataclass(frozen=True)
class Written:
    """What was done with a hand-in.

    Attributes:
        committed: whether it is in the gradebook since now; it may have been there before.
        fault: what went wrong on our side, in plain words; empty if nothing did.
    """

    committed: bool
    fault: str


class Writer:
    """Writes one settled hand-in after the other, through nbgrader. A context manager; the gradebook is open inside.

    It may be killed at any moment: what is done is told from what is there.

    Args:
        classroom: the class.
        stems: the techniques that will come.
        store: where the results are.
        db_url: SQLAlchemy address of the gradebook; None: the classroom's own.
        anew: commit also what is in the gradebook.
        feedback: write the feedback pages.
    """

    def __init__(
        self,
        classroom: Classroom,
        stems: Iterable[str],
        store: ResultStore,
        db_url: str | None = None,
        *,
        anew: bool = False,
        feedback: bool = True,
    ) -> None:
        self._classroom = classroom
        self._stems = stems
        self._store = store
        self._db_url = db_url
        self._anew = anew
        self._with_feedback = feedback
        self._stack = ExitStack()
        self._in_book: dict[str, dict[str, dict[str, float | None]]] = {}

    def __enter__(self) -> Writer:
        self._shell: Shell = shell.start(self._classroom, self._db_url)
        self._shell.store = self._store
        with ExitStack() as stack:
            self._book: Gradebook = stack.enter_context(shell.gradebook(self._shell))
            self._refuse_unknown_stems()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def write(self, settled: Settled) -> Written:
        """Commit a hand-in and write its feedback, as far as that is not done."""
        learner, stem = settled.learner, settled.stem
        committed, fault = False, ""
        if self._anew or not self._is_committed(settled):
            committed = self._committing.convert(stem, learner)
            if not committed:
                fault = f"{learner}, {stem}: nbgrader could not write the gradebook"
        missing = not self._classroom.feedback_page(learner, stem).is_file()
        wanted = self._with_feedback and not fault and (committed or missing)
        if wanted and not self._feedback.convert(stem, learner):
            fault = f"{learner}, {stem}: nbgrader could not write the feedback"
        self._book.db.rollback()  # ends what was only read: the next hand-in may be long in coming
        return Written(committed, fault)

    def write_overview(self, settled: Sequence[Settled], faults: Sequence[str]) -> Path:
        """Write the page about the whole classroom; gives its place."""
        return overview.write(self._classroom, settled, lambda stem: scores.standing(self._book, stem), faults)

    def _refuse_unknown_stems(self) -> None:
        unknown = sorted({*self._stems} - {assignment.name for assignment in self._book.assignments})
        if unknown:
            raise GradebookError(
                f"the gradebook {shell.place(self._shell)} does not know {', '.join(unknown)}. Release again, into the "
                f"same gradebook: python -m autograder release {' '.join(unknown)}; then grade. Results are kept."
            )

    @cached_property
    def _committing(self) -> Committing:
        return Committing(self._shell)

    @cached_property
    def _feedback(self) -> Feedback:
        return Feedback(self._shell)

    def _is_committed(self, settled: Settled) -> bool:
        """Whether the result is wholly in the gradebook and in `autograded/`.

        Told from what is there, not from a list that a crash could leave wrong: nbgrader writes the notebook last, and
        the notebook names its result.
        """
        if settled.report.outcome == "could-not-tell":
            return False
        expected = {"result": settled.key, "notes": list(settled.report.notes), "timestamp": settled.timestamp}
        shown = shown_of(self._classroom, settled.learner, settled.stem)
        in_book = self._saved(settled.stem).get(settled.learner, {})
        return shown == expected and in_book == {cell.cell: cell.score for cell in settled.report.cells}

    def _saved(self, stem: str) -> dict[str, dict[str, float | None]]:
        """Automatic scores of an exercise as they were before this run."""
        if stem not in self._in_book:
            self._in_book[stem] = scores.saved(self._book, stem)
        return self._in_book[stem]
