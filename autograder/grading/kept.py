"""Hidden cases on disk: what the reference and every misconception give is computed once for a class.

Drawing a case runs every misconception, which takes seconds for a method on a trained network. The calls themselves are
drawn again from their seed, so only values are kept. The folder is the classroom's own and nobody else reads it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from autograder.disk import UnreadableFileError, read_regular, write_atomically

OWNER_ONLY = 0o600
MAX_BYTES = 256 * 2**20
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Kept:
    """What is kept of a case.

    Attributes:
        attempt: which of the draws was fit.
        expected: what the reference gives for each call.
        mistaken: what each misconception gives.
    """

    attempt: int
    expected: Values
    mistaken: dict[str, Values]


@dataclass(frozen=True)
class KeptCases:
    """A folder of kept cases. A file that cannot be read is as good as none: the case is computed again.

    Args:
        folder: made when first needed.
    """

    folder: Path

    def get(self, key: str) -> Kept | None:
        """The case of that key, if it is kept."""
        try:
            arrays = load(read_regular(self.folder / f"{key}.safetensors", max_bytes=MAX_BYTES))
            names = {name.split("/")[1] for name in arrays if name.startswith("mistaken/")}
            mistaken = {name: _values(arrays, f"mistaken/{name}/") for name in names}
            return Kept(int(arrays["attempt"]), _values(arrays, "expected/"), mistaken)
        except (UnreadableFileError, OSError, ValueError, KeyError, SafetensorError):
            return None

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """Let every other process that needs this case wait meanwhile: it finds it kept, and does not draw it again."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX, 1, int(key[:12], 16))  # a byte for each case, in a file that stays empty
            yield
        finally:
            os.close(lock)

    def put(self, key: str, case: Kept) -> None:
        """Keep a case."""
        arrays: dict[str, np.ndarray] = {"attempt": np.asarray(case.attempt)}
        _add(arrays, "expected/", case.expected)
        for name, values in case.mistaken.items():
            _add(arrays, f"mistaken/{name}/", values)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(self.folder / f"{key}.safetensors", save(arrays), mode=OWNER_ONLY)


def _add(arrays: dict[str, np.ndarray], prefix: str, values: Values) -> None:
    """One array for each value; a value that is itself a tuple has one for each of its items."""
    for position, value in enumerate(values):
        if isinstance(value, tuple):
            for item, part in enumerate(value):
                arrays[f"{prefix}{position}/{item}"] = np.asarray(part, order="C")
        else:
            arrays[f"{prefix}{position}"] = np.asarray(value, order="C")


def _values(arrays: dict[str, np.ndarray], prefix: str) -> Values:
    found = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    positions = sorted({int(name.split("/")[0]) for name in found})
    return tuple(
        found[str(p)]
        if str(p) in found
        else tuple(found[f"{p}/{i}"] for i in range(sum(name.startswith(f"{p}/") for name in found)))
        for p in positions
    )
