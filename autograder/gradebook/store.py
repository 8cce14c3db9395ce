"""Results by their key: written once, found again after a crash, never changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.disk import write_atomically
from autograder.report import Report


@dataclass(frozen=True)
class Result:
    """A graded notebook.

    Attributes:
        report: the verdict, without notes: those belong to the file that was handed in, not to the clean notebook.
        notebook: the clean notebook with the outputs of its cells.
    """

    report: Report
    notebook: NotebookNode

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        return {"report": self.report.to_json(), "notebook": self.notebook}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Result:
        """The inverse of `to_json`."""
        return cls(Report.from_json(data["report"]), nbformat.from_dict(data["notebook"]))


class ResultStore:
    """The results of a classroom.

    What could not be told is kept for this run only, so that the next one tries again.

    Args:
        folder: where the files lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._passing: dict[str, Result] = {}

    def count(self) -> int:
        """How many results are on disk, damaged or not."""
        return sum(1 for _ in self._folder.glob("*/*.json"))

    def get(self, key: str) -> Result | None:
        """The result of that key; None if there is none, or if its file is damaged."""
        if key in self._passing:
            return self._passing[key]
        try:
            data = json.loads(self._path(key).read_bytes())
            return Result.from_json(data) if data["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, result: Result) -> None:
        """Keep a result: on disk if it is a verdict, in memory if nothing could be told."""
        if result.report.outcome == "could-not-tell":
            self._passing[key] = result
        else:
            self._passing.pop(key, None)
            write_atomically(self._path(key), json.dumps({"key": key, **result.to_json()}).encode())

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"
