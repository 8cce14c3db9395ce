"""nbgrader in this process: its settings, course directory and gradebook, as its own commands would see them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGrader
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from autograder.classroom import Classroom
from autograder.errors import AutograderError
from autograder.gradebook.store import ResultStore


class GradebookError(AutograderError):
    """The gradebook cannot be opened, or lacks what is to be graded."""


class Shell(NbGrader):
    """nbgrader's application object, for a classroom that may be anywhere.

    Attributes:
        book: the open gradebook, inside of `gradebook`.
        store: where our preprocessors find the results, while `grade` runs.
    """

    name = "autograder"
    load_cwd_config = False  # the classroom's settings count, not those of the folder we happen to be in
    book: Gradebook | None = None
    store: ResultStore | None = None


def start(classroom: Classroom, db_url: str | None = None) -> Shell:
    """Nbgrader with the classroom's own settings.

    Args:
        classroom: the class.
        db_url: SQLAlchemy address of the gradebook; None for the one in the settings, `gradebook.db` unless changed.
    """
    put_scripts_on_path()
    shell = Shell(log_level=logging.ERROR)
    path = list(sys.path)
    try:
        shell.initialize([], root=str(classroom.root))
    finally:
        sys.path[:] = path  # nbgrader puts the working directory first
    if db_url is not None:
        shell.coursedir.db_url = db_url
    return shell


def put_scripts_on_path() -> None:
    """Let nbgrader find the `alembic` of this environment, which it starts by name."""
    folder = str(Path(sys.executable).parent)
    if folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = folder + os.pathsep + os.environ.get("PATH", os.defpath)


@contextmanager
def gradebook(shell: Shell) -> Iterator[Gradebook]:
    """The classroom's gradebook, open; inside of another `gradebook` the same one: opening costs more than writing.

    Raises:
        GradebookError: it cannot be opened.
    """
    if shell.book is not None:
        shell.book.db.rollback()  # whatever an earlier failure left half done
        yield shell.book
        return
    with _opened(shell) as book:
        shell.book = book
        try:
            yield book
        finally:
            shell.book = None


def place(shell: Shell) -> str:
    """The gradebook's address, without its password."""
    try:
        return make_url(shell.coursedir.db_url).render_as_string(hide_password=True)
    except ArgumentError:
        return repr(shell.coursedir.db_url)


def _opened(shell: Shell) -> Gradebook:
    try:
        return Gradebook(shell.coursedir.db_url, shell.coursedir.course_id)
    except (SQLAlchemyError, ImportError) as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise GradebookError(
            f"the gradebook {place(shell)} cannot be opened: {why}. Its address comes from --db, else from the "
            "classroom's nbgrader_config.py, else it is gradebook.db there; SQLAlchemy must understand it, as in "
            "sqlite:////home/me/gradebook.db. If the file is damaged, put a backup in its place, or move it away, "
            "release the exercises again and grade: only what was given by hand is missing then."
        ) from error
