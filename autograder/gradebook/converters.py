"""nbgrader's own autograding and feedback, in this process, one hand-in at a time, its result known."""

from __future__ import annotations

import shutil
import warnings
from contextlib import chdir
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from sqlalchemy.exc import SAWarning

from autograder.disk import write_atomically
from autograder.gradebook.shell import Shell, gradebook

GRADED_MODE = 0o444  # as nbgrader leaves them: nobody edits a graded notebook by accident
FEEDBACK_MODE = 0o644


class _OneByOne(BaseConverter):
    """What both of nbgrader's converters need to run over chosen hand-ins, and to survive being killed.

    nbgrader empties a learner's folder, then writes, and takes a folder that is there for done. Here a file is replaced
    in one step, and the caller says who is to be done.
    """

    mode = GRADED_MODE

    def convert(self, stem: str, learner: str) -> bool:
        """Convert a hand-in; False if nbgrader failed, whose log says why."""
        self.coursedir.assignment_id = stem
        folder = self._format_source(stem, learner)
        self.assignments = {folder: [str(Path(folder) / f"{stem}.ipynb")]}
        with chdir(self.coursedir.root), warnings.catch_warnings():
            # nbgrader builds a submission before adding it to the session, which SQLAlchemy mentions and we need not.
            warnings.filterwarnings("ignore", category=SAWarning)
            try:
                self.convert_notebooks()
            except NbGraderException:
                return False
        return True

    def init_notebooks(self) -> None:
        """Find nothing: `start` only gets ready, `convert` is told what to do."""
        self.assignments = {}
        self.notebooks: list[str] = []

    def init_destination(self, assignment_id: str, student_id: str) -> bool:  # noqa: ARG002
        return True

    def write_single_notebook(self, output: str, resources: Any) -> None:
        facts = resources["nbgrader"]
        folder = Path(self._format_dest(facts["assignment"], facts["student"]))
        path = folder / f"{facts['notebook']}{resources['output_extension']}"
        write_atomically(path, output.encode(), mode=self.mode)

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        """Nothing: a file has its mode from the moment it is there."""


class Committing(_OneByOne, Autograde):
    """nbgrader's autograding without its first pass, which cleans what intake has already rebuilt.

    Args:
        shell: nbgrader, with the store in which the results are.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(coursedir=shell.coursedir, parent=shell, exporter_class=NotebookExporter)
        self.coursedir.submitted_directory = "intake"
        self.preprocessors = self.autograde_preprocessors
        self.start()

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Enter learner and submission into the gradebook, and no files: intake has written the only one."""
        timestamp = self.coursedir.get_existing_timestamp(self._format_source(assignment_id, student_id))
        with gradebook(self.parent) as book:
            book.update_or_create_student(student_id)
            book.update_or_create_submission(assignment_id, student_id, timestamp=timestamp)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Run what grades, without nbgrader's first pass."""
        BaseConverter.convert_single_notebook(self, notebook_filename)


class Feedback(_OneByOne, GenerateFeedback):
    """nbgrader's feedback pages.

    Args:
        shell: nbgrader.
    """

    mode = FEEDBACK_MODE

    def __init__(self, shell: Shell) -> None:
        super().__init__(coursedir=shell.coursedir, parent=shell)
        self.start()

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy nothing; take away what an earlier nbgrader has copied."""
        shutil.rmtree(self._format_dest(assignment_id, student_id) + "_files", ignore_errors=True)
