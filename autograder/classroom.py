"""A class's own folder: nbgrader's layout, and beside it a secret, the rebuilt notebooks and the results."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.disk import UNFINISHED, UnreadableFileError, read_regular, write_atomically
from autograder.errors import AutograderError
from autograder.gradebook.settings import CONFIG

LEARNER_ID = re.compile(r"\w(?:[\w.@ -]{0,98}[\w.@-])?")
"""What a learner may be called: letters and digits of any script, and inside also dot, dash, @ and blank.

Nothing that means something in a path, a glob pattern, a web page or, at its start, in a spreadsheet."""

TIMESTAMP = "timestamp.txt"
SECRET_BYTES = 32
MAX_TIMESTAMP_BYTES = 200


class ClassroomError(AutograderError):
    """The classroom is not in a state to do what was asked."""


@dataclass(frozen=True)
class HandIn:
    """What a learner left for one exercise.

    Attributes:
        learner: the learner's id.
        stem: the technique.
        path: the notebook, or where it should have been.
        notes: what was odd about files and names.
    """

    learner: str
    stem: str
    path: Path
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classroom:
    """A class's folder.

    Args:
        root: the folder, absolute.

    Example:
        >>> Classroom.create(Path("classroom")).released()
        ()
    """

    root: Path

    @classmethod
    def create(cls, root: Path) -> Classroom:
        """The classroom in that folder, made if there is none yet; what is there stays as it is."""
        classroom = cls(root.absolute())
        for folder in (classroom.source, classroom.release, classroom.submitted):
            folder.mkdir(parents=True, exist_ok=True)
        classroom.secret()
        if not classroom.config.exists():
            write_atomically(classroom.config, CONFIG.encode())
        return classroom

    @classmethod
    def open(cls, root: Path) -> Classroom:
        """The classroom in that folder.

        Raises:
            ClassroomError: there is none.
        """
        classroom = cls(root.absolute())
        if not classroom.config.is_file():
            raise ClassroomError(
                f"{classroom.root} is no classroom: it has no nbgrader_config.py. "
                "Make one with `python -m autograder release`, or name another with --classroom."
            )
        return classroom

    @property
    def source(self) -> Path:
        """Assembled notebooks, with solutions."""
        return self.root / "source"

    @property
    def release(self) -> Path:
        """What learners get."""
        return self.root / "release"

    @property
    def submitted(self) -> Path:
        """What learners handed in. The only folder that holds what strangers wrote."""
        return self.root / "submitted"

    @property
    def intake(self) -> Path:
        """Rebuilt notebooks, which `grade` shows to nbgrader in place of `submitted`."""
        return self.root / "intake"

    @property
    def autograded(self) -> Path:
        """Graded notebooks, with outputs."""
        return self.root / "autograded"

    def feedback_page(self, learner: str, stem: str) -> Path:
        """Where nbgrader writes a learner's feedback."""
        return self.root / "feedback" / learner / stem / f"{stem}.html"

    @property
    def results(self) -> Path:
        """The store of results."""
        return self.root / "results"

    @property
    def cases(self) -> Path:
        """Hidden cases, computed once for the class."""
        return self.root / ".cases"

    @property
    def config(self) -> Path:
        """Nbgrader's settings."""
        return self.root / "nbgrader_config.py"

    @property
    def default_db_url(self) -> str:
        """Nbgrader's own default address of the gradebook."""
        return f"sqlite:///{self.root / 'gradebook.db'}"

    def secret(self) -> bytes:
        """What the class's hidden cases are drawn from; made on first use, readable by the owner alone."""
        path = self.root / ".secret"
        with suppress(FileExistsError):
            fresh = self.root / f".secret-{os.getpid()}-{secrets.token_hex(4)}"
            write_atomically(fresh, secrets.token_bytes(SECRET_BYTES), mode=0o600)
            try:
                os.link(fresh, path)  # unlike a rename, does not replace the one of a process that was faster
            finally:
                fresh.unlink()
        secret = read_regular(path, max_bytes=1024)
        if len(secret) < SECRET_BYTES:
            raise ClassroomError(f"{path} is damaged: put back a copy, or delete it and grade again with new cases.")
        return secret

    def released(self) -> tuple[str, ...]:
        """The techniques that have been released here, sorted."""
        return tuple(
            sorted(path.parent.name for path in self.source.glob("*/*.ipynb") if path.stem == path.parent.name)
        )

    def source_notebook(self, stem: str) -> NotebookNode:
        """Nbgrader's source notebook of a released exercise.

        Raises:
            ClassroomError: it has not been released here.
        """
        path = self.source / stem / f"{stem}.ipynb"
        if not path.is_file():
            raise ClassroomError(
                f"{stem} is not released in {self.root}: run `python -m autograder release {stem}` first."
            )
        return nbformat.read(path, as_version=4)

    def hand_ins(self, stem: str) -> list[HandIn]:
        """Every learner's submission of an exercise, sorted by learner; folders that are no learner's are left out."""
        return [
            _find_notebook(learner, stem, self.submitted / learner / stem)
            for learner in _folders(self.submitted)
            if is_learner_id(learner) and stem in _folders(self.submitted / learner)
        ]

    def strangers(self) -> list[str]:
        """Names in `submitted/` that are no learner's folder and are not graded, made printable."""
        known = set(_folders(self.submitted))
        names = sorted(path.name for path in self.submitted.iterdir()) if self.submitted.is_dir() else []
        return [ascii(name) for name in names if name not in known or not is_learner_id(name)]

    def timestamp(self, hand_in: HandIn) -> datetime | None:
        """When it was handed in, as `collect` or nbgrader's exchange wrote it down."""
        try:
            raw = read_regular(hand_in.path.parent / TIMESTAMP, max_bytes=MAX_TIMESTAMP_BYTES, below=self.submitted)
            return parse_timestamp(raw.decode("ascii"))
        except (UnreadableFileError, ValueError):
            return None

    def sweep(self) -> None:
        """Remove the halves of files that a killed run has left; nobody else may be at work."""
        for folder in (self.intake, self.results, self.autograded, self.root / "feedback"):
            for path in folder.rglob(f"{UNFINISHED}*"):
                path.unlink(missing_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other `release`, `collect` and `grade` out of this classroom.

        Raises:
            ClassroomError: one is at work.
        """
        with (self.root / ".lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ClassroomError(
                    f"Another command is at work in {self.root}. Try again when it has ended."
                ) from None
            yield


def is_learner_id(name: str) -> bool:
    """Whether a name may be a learner's.

    Example:
        >>> is_learner_id("müller-07"), is_learner_id("../x"), is_learner_id("=1+1")
        (True, False, False)
    """
    return LEARNER_ID.fullmatch(name) is not None


def format_timestamp(moment: datetime) -> str:
    """A moment as nbgrader reads it from `timestamp.txt`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def parse_timestamp(text: str) -> datetime:
    """The inverse of `format_timestamp`; also what nbgrader's exchange writes.

    Raises:
        ValueError: it is no date.
    """
    from nbgrader.utils import parse_utc  # slow to import, and not every command needs it

    try:
        naive: datetime = parse_utc(text.strip())
    except (OverflowError, TypeError) as error:
        raise ValueError(f"{text!r} is no date") from error
    return naive.replace(tzinfo=UTC)


def _find_notebook(learner: str, stem: str, folder: Path) -> HandIn:
    """The notebook of that name; else the newest of the others, with a note."""
    expected = folder / f"{stem}.ipynb"
    if os.path.lexists(expected):
        return HandIn(learner, stem, expected)
    others = sorted(path for path in folder.iterdir() if path.name.endswith(".ipynb"))
    if not others:
        return HandIn(learner, stem, expected, ("No notebook was handed in.",))
    newest = max(others, key=lambda path: path.lstat().st_mtime)
    note = f"The notebook is not called {stem}.ipynb; "
    note += "it was graded all the same." if len(others) == 1 else f"of {len(others)} notebooks the newest was graded."
    return HandIn(learner, stem, newest, (note,))


def _folders(path: Path) -> list[str]:
    """Names of the real folders in a folder, sorted: no links."""
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []
