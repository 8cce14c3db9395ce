"""A learner's copy of an exercise: made once from the release, and from then on the learner's own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nbformat

from autograder.assembly import assemble, release_version


def released(stem: str) -> bytes:
    """The notebook that learners get, as the bytes of its file.

    Args:
        stem: A technique that has an exercise.

    Raises:
        AutograderError: If there is no such exercise, or it cannot be assembled.
    """
    notebook = release_version(assemble(stem))
    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode()


def make_copy(stem: str, folder: Path) -> Path:
    """Make a learner's copy if there is none; one that is there is never touched.

    Args:
        stem: A technique that has an exercise.
        folder: Where copies lie; made where missing.

    Returns:
        The copy's path, `<folder>/<stem>.ipynb`.

    Raises:
        AutograderError: As for `released`.
    """
    copy = folder / f"{stem}.ipynb"
    if os.path.lexists(copy):
        return copy
    content = released(stem)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".copy-") as file:
        file.write(content)
        file.flush()
        try:
            os.link(file.name, copy)  # unlike a rename, a link does not replace a copy made in the meantime
        except FileExistsError:
            return copy
    copy.chmod(0o644)
    return copy
