"""Takes a class's hand-ins out of an archive or a folder into the classroom. The archive is trusted with nothing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from autograder.archives import entries
from autograder.classroom import TIMESTAMP, Classroom, format_timestamp, is_learner_id
from autograder.disk import UnreadableFileError, read_regular, write_atomically
from autograder.intake import MAX_NOTEBOOK_BYTES


@dataclass
class Collected:
    """What `collect` did.

    Attributes:
        taken: learner and stem of each hand-in that is now in the classroom, with what happened.
        skipped: printable names of what was left out, with the reason.
    """

    taken: list[tuple[str, str, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def collect(source: Path, classroom: Classroom, stems: tuple[str, ...]) -> Collected:
    """Put every hand-in where it belongs: `submitted/<learner>/<stem>/<stem>.ipynb`, with its time beside it.

    Known by name are `<learner>/<stem>.ipynb`, `<learner>/<stem>/<stem>.ipynb` and `<learner>_<stem>.ipynb`, below any
    further folders. Of several hand-ins the newest stays; one in the classroom is replaced only by a newer one.

    Args:
        source: a folder, or a zip or tar archive (plain, gz, bz2, xz).
        classroom: where to put them.
        stems: the techniques that there are.

    Raises:
        ArchiveError: `source` is neither.
    """
    result = Collected()
    for found in entries(source, wanted=".ipynb"):
        name = ascii(found.name)[1:-1]
        owner = _owner(found.name, stems)
        if isinstance(owner, str):
            if owner:
                result.skipped.append((name, owner))
            continue
        learner, stem = owner
        if isinstance(found.content, str):
            result.skipped.append((name, found.content))
            continue
        what, is_taken = _put(classroom, learner, stem, found.content, found.moment)
        if is_taken:
            result.taken.append((learner, stem, what))
        else:
            result.skipped.append((name, what))
    return result


def _owner(name: str, stems: tuple[str, ...]) -> tuple[str, str] | str:
    """Learner and stem that a path names; or why it names none, which is empty where nobody needs to know."""
    path = PurePosixPath(name.replace("\\", "/"))
    parts = path.parts
    if ".." in parts or path.is_absolute():
        return "its path leads outside of the archive"
    if not name.endswith(".ipynb") or "__MACOSX" in parts or ".ipynb_checkpoints" in parts:
        return ""
    stem, learner = path.stem, ""
    if stem in stems and len(parts) > 1:
        learner = parts[-3] if parts[-2] == stem and len(parts) > 2 else parts[-2]
    else:
        # The shortest learner that leaves an exercise: ada_grad_cam is ada's Grad-CAM, not the CAM of ada_grad.
        match = re.fullmatch(rf"(.+?)[_-]({'|'.join(map(re.escape, stems))})", stem, re.DOTALL)
        if match is None or stem in stems:
            return "its name tells no learner and exercise; try <learner>/<exercise>.ipynb"
        learner, stem = match.groups()
    if not is_learner_id(learner):
        return f"{learner!a} cannot be a learner's id"
    return learner, stem


def _put(classroom: Classroom, learner: str, stem: str, content: bytes, moment: datetime) -> tuple[str, bool]:
    folder = classroom.submitted / learner / stem
    path = folder / f"{stem}.ipynb"
    what = "new"
    if os.path.lexists(path):
        hand_in = next(h for h in classroom.hand_ins(stem) if h.learner == learner)
        there = classroom.timestamp(hand_in) or datetime.fromtimestamp(path.lstat().st_mtime, UTC)
        try:
            is_same = read_regular(path, max_bytes=MAX_NOTEBOOK_BYTES, below=classroom.submitted) == content
        except UnreadableFileError:
            is_same = False
        if is_same:
            return "it is already there", False
        if moment <= there:
            return f"a newer one is there ({format_timestamp(there)})", False
        what = "replaced an older one"
    # The time first: if we are stopped in between, the next run sees a changed file and an equal time, and says so.
    write_atomically(path, content)
    write_atomically(folder / TIMESTAMP, format_timestamp(moment).encode())
    return what, True
