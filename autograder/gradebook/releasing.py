"""An assembled exercise into the classroom: `source/`, `release/`, and its cells in the gradebook."""

from __future__ import annotations

import tempfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException

from autograder import assembly
from autograder.classroom import Classroom, ClassroomError
from autograder.disk import write_atomically
from autograder.gradebook import shell


def release(classroom: Classroom, stem: str, db_url: str | None = None) -> Path:
    """Assemble an exercise and release it, over an earlier release if there is one.

    nbgrader makes the learner's version aside; what is in the classroom changes only when that worked.

    Args:
        classroom: the class.
        stem: the technique.
        db_url: SQLAlchemy address of the gradebook, None for the classroom's own.

    Returns:
        The released notebook.

    Raises:
        ClassroomError: the exercise has other cells than the one that learners have already handed in.
        GradebookError: the gradebook cannot be opened.
    """
    notebook = f"{stem}.ipynb"
    source = assembly.to_text(assembly.assemble(stem)).encode()
    with tempfile.TemporaryDirectory(dir=classroom.root, prefix=".releasing-") as aside:
        write_atomically(Path(aside) / "source" / stem / notebook, source)
        _generate(classroom, stem, Path(aside).name, db_url)
        released = (Path(aside) / "release" / stem / notebook).read_bytes()
    write_atomically(classroom.source / stem / notebook, source)
    write_atomically(classroom.release / stem / notebook, released)
    return classroom.release / stem / notebook


def _generate(classroom: Classroom, stem: str, aside: str, db_url: str | None) -> None:
    nbgrader = shell.start(classroom, db_url)
    nbgrader.coursedir.assignment_id = stem
    nbgrader.coursedir.source_directory = f"{aside}/source"
    nbgrader.coursedir.release_directory = f"{aside}/release"
    with shell.gradebook(nbgrader):
        pass  # nbgrader makes it if there is none, and says little if it cannot
    try:
        GenerateAssignment(coursedir=nbgrader.coursedir, parent=nbgrader).start()
    except NbGraderException as error:
        raise ClassroomError(
            f"nbgrader could not release {stem} (its own words are above). If learners have already handed in an older "
            f"version with other cells, finish grading that one and export its grades; then, in {classroom.root}, "
            f"`nbgrader db assignment remove {stem} --force`, which deletes all its grades and comments."
        ) from error
