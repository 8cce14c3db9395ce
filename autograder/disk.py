"""Reading what strangers left on disk, and writing so that nobody ever sees half a file."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

from autograder.errors import AutograderError

UNFINISHED = ".writing-"
"""How the name of a file begins that is still being written, or whose writer was killed."""

REASONS = {
    errno.ENOENT: "there is no such file",
    errno.ELOOP: "it is a link, and links are not followed",
    errno.ENOTDIR: "a part of its path is a link or a file where a folder should be",
    errno.ENXIO: "it is not a plain file",
    errno.EACCES: "the file permissions do not allow reading it",
    errno.ENAMETOOLONG: "its name is too long",
}


class UnreadableFileError(AutograderError):
    """A file that is not read: no plain file, too large, behind a link, gone. The message is the reason alone."""


def read_regular(path: Path, *, max_bytes: int, below: Path | None = None) -> bytes:
    """The bytes of a plain file, whatever stands in its place.

    A link is not followed, a pipe or device is not waited for, and no more than `max_bytes` are held in memory.

    Args:
        path: the file.
        max_bytes: the largest size that is read, in bytes.
        below: a folder that `path` lies in; no folder between the two may be a link either.

    Returns:
        The content.

    Raises:
        UnreadableFileError: it is not a plain file of at most `max_bytes`, or cannot be opened.

    Example:
        >>> read_regular(Path("/dev/null"), max_bytes=10)
        Traceback (most recent call last):
        ...
        autograder.disk.UnreadableFileError: it is not a plain file
    """
    try:
        descriptor = _open(path, below)
    except OSError as error:
        raise UnreadableFileError(REASONS.get(error.errno or 0, str(error.strerror))) from error
    except ValueError as error:  # a null byte in the name
        raise UnreadableFileError("its name is not a file name") from error
    try:
        facts = os.fstat(descriptor)
        if stat.S_ISDIR(facts.st_mode):
            raise UnreadableFileError("it is a folder, not a file")
        if not stat.S_ISREG(facts.st_mode):
            raise UnreadableFileError("it is not a plain file")
        content = b""
        if facts.st_size <= max_bytes:
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(max_bytes + 1)  # one more than allowed: it may have grown
    finally:
        os.close(descriptor)
    if max(facts.st_size, len(content)) > max_bytes:
        raise UnreadableFileError(f"it is larger than {max_bytes / 2**20:.0f} MiB")
    return content


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that it is either the old one or the new one, even after `kill -9`.

    Args:
        path: the file; folders above it are created.
        content: all of its bytes.
        mode: its permissions.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _open(path: Path, below: Path | None) -> int:
    """Open the file with a descriptor that cannot block, walking down from `below` without following a link."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    if below is None:
        return os.open(path, flags)
    *folders, name = path.relative_to(below).parts
    folder = os.open(below, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in folders:
            deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = deeper
        return os.open(name, flags, dir_fd=folder)
    finally:
        os.close(folder)
