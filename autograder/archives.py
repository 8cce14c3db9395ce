"""What is in a folder, zip or tar archive that a stranger packed: names, times, contents. Nothing is unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.disk import UnreadableFileError, read_regular
from autograder.errors import AutograderError
from autograder.intake import MAX_NOTEBOOK_BYTES

MAX_ENTRIES = 100_000
"""Most entries of an archive or folder that are looked at."""
MAX_TOTAL_BYTES = 16 * 2**30
"""Most bytes that are unpacked of one archive, wanted or not: where a zip bomb ends."""

_CHUNK_BYTES = 2**20
_ARCHIVE_ERRORS = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, struct.error)


class ArchiveError(AutograderError):
    """The archive as a whole cannot be read."""


@dataclass(frozen=True)
class Found:
    """A file in an archive or folder.

    Attributes:
        name: its path there.
        content: its bytes, or why they are not to be had.
        moment: when it was last changed.
    """

    name: str
    content: bytes | str
    moment: datetime


def entries(source: Path, *, wanted: str) -> Iterator[Found]:
    """Every file in it, with the content of those that are wanted.

    Args:
        source: a folder, or a zip or tar archive (plain, gz, bz2, xz).
        wanted: the ending of the names whose content is read; the others come with empty content.

    Raises:
        ArchiveError: it is none of these, is damaged, or unpacks to absurd sizes.
    """
    if source.is_dir():
        yield from _folder_entries(source, wanted)
        return
    try:
        if zipfile.is_zipfile(source):
            yield from _zip_entries(source, wanted)
        else:
            yield from _tar_entries(source, wanted)
    except _ARCHIVE_ERRORS as error:
        raise ArchiveError(f"{source} cannot be read as a folder, zip or tar archive: {error}") from error


def _folder_entries(source: Path, wanted: str) -> Iterator[Found]:
    count = 0
    for folder, _, names in os.walk(source, followlinks=False):
        for name in sorted(names):
            count += 1
            if count > MAX_ENTRIES:
                raise ArchiveError(f"{source} holds more than {MAX_ENTRIES} files")
            path = Path(folder) / name
            moment = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
            content: bytes | str = ""
            if name.endswith(wanted):
                try:
                    content = read_regular(path, max_bytes=MAX_NOTEBOOK_BYTES, below=source)
                except UnreadableFileError as error:
                    content = str(error)
            yield Found(path.relative_to(source).as_posix(), content, moment)


def _zip_entries(source: Path, wanted: str) -> Iterator[Found]:
    room = MAX_TOTAL_BYTES
    with zipfile.ZipFile(source) as archive:
        if len(archive.infolist()) > MAX_ENTRIES:
            raise ArchiveError(f"{source} holds more than {MAX_ENTRIES} files")
        for info in archive.infolist():
            content: bytes | str = ""
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.is_dir() or kind not in (0, stat.S_IFREG):
                content = "it is not a plain file"
            elif info.filename.endswith(wanted):
                allowed = min(MAX_NOTEBOOK_BYTES, room)
                content = _read_zipped(archive, info, allowed)
                room -= allowed if isinstance(content, str) else len(content)
            yield Found(info.filename, content, _zip_moment(info))


def _read_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> bytes | str:
    """The content, by reading and counting: the size that the archive states may be a lie."""
    try:
        with archive.open(info) as file:
            content = file.read(room + 1)
    except (*_ARCHIVE_ERRORS, RuntimeError, NotImplementedError) as error:  # the last two: encrypted, unknown method
        return f"it cannot be unpacked: {error}"
    return content if len(content) <= room else f"it is larger than {room / 2**20:.0f} MiB"


def _zip_moment(info: zipfile.ZipInfo) -> datetime:
    """The time of change: exact and in UTC where the archiver left it, else the local time that every zip has."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return datetime.fromtimestamp(struct.unpack("<i", extra[5:9])[0], UTC)
        extra = extra[4 + size :]
    try:
        return datetime.fromtimestamp(time.mktime((*info.date_time, 0, 0, -1)), UTC)
    except (ValueError, OverflowError):
        return datetime.fromtimestamp(0, UTC)


class _Capped(io.RawIOBase):
    """A stream that is read forwards only, and ends in an error instead of gigabytes."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self._position = 0

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= 2 * MAX_NOTEBOOK_BYTES:
            raise ArchiveError("the archive holds a header of absurd size")
        data = self._stream.read(size)
        self._position += len(data)
        if self._position > MAX_TOTAL_BYTES:
            raise ArchiveError(f"the archive unpacks to more than {MAX_TOTAL_BYTES / 2**30:.0f} GiB")
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        if whence != os.SEEK_SET or position < self._position:
            raise ArchiveError("the archive leads backwards")
        while self._position < position and self.read(min(_CHUNK_BYTES, position - self._position)):
            pass
        return self._position


def _tar_entries(source: Path, wanted: str) -> Iterator[Found]:
    with ExitStack() as stack:
        file = stack.enter_context(source.open("rb"))
        start = file.read(6)
        file.seek(0)
        stream: io.BufferedIOBase = file
        if start.startswith(b"\x1f\x8b"):
            stream = stack.enter_context(gzip.GzipFile(fileobj=file))
        elif start.startswith(b"BZh"):
            stream = stack.enter_context(bz2.BZ2File(file))
        elif start.startswith(b"\xfd7zXZ\0"):
            stream = stack.enter_context(lzma.LZMAFile(file))
        archive = stack.enter_context(tarfile.open(fileobj=_Capped(stream), mode="r:"))
        for count, member in enumerate(archive):
            if count >= MAX_ENTRIES:
                raise ArchiveError(f"{source} holds more than {MAX_ENTRIES} files")
            content: bytes | str = ""
            if not member.isreg():
                content = "it is not a plain file"
            elif member.name.endswith(wanted):
                content = _read_packed(archive, member)
            yield Found(member.name, content, _tar_moment(member))


def _read_packed(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | str:
    if member.size > MAX_NOTEBOOK_BYTES:
        return f"it is larger than {MAX_NOTEBOOK_BYTES / 2**20:.0f} MiB"
    file = archive.extractfile(member)
    return file.read() if file else "it is not a plain file"


def _tar_moment(member: tarfile.TarInfo) -> datetime:
    try:
        return datetime.fromtimestamp(member.mtime, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
