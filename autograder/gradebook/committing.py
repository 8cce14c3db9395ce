"""nbgrader's own autograding and feedback, in this process, over notebooks whose results are known."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from sqlalchemy.exc import SAWarning

from autograder.classroom import Classroom
from autograder.disk import write_atomically
from autograder.gradebook import scores
from autograder.gradebook.grading import METADATA, Settled
from autograder.gradebook.shell import Shell, gradebook
from autograder.gradebook.store import ResultStore

GRADED_MODE = 0o444  # as nbgrader leaves them: nobody edits a graded notebook by accident
FEEDBACK_MODE = 0o644


class _OneByOne(BaseConverter):
    """What both of nbgrader's converters need to run over chosen learners, and to survive being killed.

    nbgrader empties a learner's folder, then writes, and takes a folder that is there for done. Here a file is replaced
    in one step, and the caller says who is to be done.
    """

    learners: Sequence[str] = ()
    done: Callable[[str], None]
    mode = GRADED_MODE

    def init_notebooks(self) -> None:
        stem = self.coursedir.assignment_id
        folders = {learner: self._format_source(stem, learner) for learner in self.learners}
        self.assignments = {folder: [str(Path(folder) / f"{stem}.ipynb")] for folder in folders.values()}
        self.notebooks: list[str] = []

    def init_destination(self, assignment_id: str, student_id: str) -> bool:  # noqa: ARG002
        return True

    def write_single_notebook(self, output: str, resources: Any) -> None:
        facts = resources["nbgrader"]
        folder = Path(self._format_dest(facts["assignment"], facts["student"]))
        path = folder / f"{facts['notebook']}{resources['output_extension']}"
        write_atomically(path, output.encode(), mode=self.mode)

    def set_permissions(self, assignment_id: str, student_id: str) -> None:  # noqa: ARG002
        self.done(student_id)


class _Commit(_OneByOne, Autograde):
    """nbgrader's autograding without its first pass, which cleans what intake has already rebuilt."""

    def start(self) -> None:
        self.preprocessors = self.autograde_preprocessors
        super().start()

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        timestamp = self.coursedir.get_existing_timestamp(self._format_source(assignment_id, student_id))
        with gradebook(self.parent) as book:
            book.update_or_create_student(student_id)
            book.update_or_create_submission(assignment_id, student_id, timestamp=timestamp)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        BaseConverter.convert_single_notebook(self, notebook_filename)


class _Feedback(_OneByOne, GenerateFeedback):
    """nbgrader's feedback pages."""

    mode = FEEDBACK_MODE

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        shutil.rmtree(self._format_dest(assignment_id, student_id) + "_files", ignore_errors=True)


def commit(
    shell: Shell, store: ResultStore, stem: str, learners: Sequence[str], done: Callable[[str], None]
) -> list[str]:
    """Write scores, outputs and graded notebooks of settled hand-ins.

    Args:
        shell: nbgrader.
        store: where the results are.
        stem: the technique.
        learners: whom to commit; their notebooks are in `intake/`.
        done: called with each learner that is done.

    Returns:
        The learners for whom nbgrader failed; its log says why.
    """
    shell.store = store
    shell.coursedir.submitted_directory = "intake"
    return _run(_Commit(coursedir=shell.coursedir, parent=shell, exporter_class=NotebookExporter), stem, learners, done)


def write_feedback(shell: Shell, stem: str, learners: Sequence[str], done: Callable[[str], None]) -> list[str]:
    """Write the feedback pages of committed hand-ins; arguments and result as for `commit`."""
    return _run(_Feedback(coursedir=shell.coursedir, parent=shell), stem, learners, done)


def uncommitted(classroom: Classroom, shell: Shell, stem: str, settled: Sequence[Settled]) -> list[Settled]:
    """Those whose result is not, or not wholly, in the gradebook and in `autograded/`.

    Told from what is there, not from a list that a crash could leave wrong: nbgrader writes the notebook last, and the
    notebook names its result.
    """
    with gradebook(shell) as book:
        in_book = scores.saved(book, stem)
    return [one for one in settled if not _is_committed(classroom, one, in_book.get(one.learner, {}))]


def _is_committed(classroom: Classroom, settled: Settled, in_book: dict[str, float | None]) -> bool:
    if settled.report.outcome == "could-not-tell":
        return False
    expected = {"result": settled.key, "notes": list(settled.report.notes), "timestamp": settled.timestamp}
    path = classroom.autograded / settled.learner / settled.stem / f"{settled.stem}.ipynb"
    try:
        shown = json.loads(path.read_bytes())["metadata"][METADATA]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return shown == expected and in_book == {cell.cell: cell.score for cell in settled.report.cells}


def _run(converter: _OneByOne, stem: str, learners: Sequence[str], done: Callable[[str], None]) -> list[str]:
    finished: set[str] = set()

    def note(learner: str) -> None:
        finished.add(learner)
        done(learner)

    converter.coursedir.assignment_id = stem
    converter.learners, converter.done = learners, note
    if learners:
        with gradebook(converter.parent), warnings.catch_warnings(), suppress(NbGraderException):
            # nbgrader builds a submission before adding it to the session, which SQLAlchemy mentions and we need not.
            warnings.filterwarnings("ignore", category=SAWarning)
            converter.start()  # logs who failed, goes on with the others, and raises only at the end
    return [learner for learner in learners if learner not in finished]
