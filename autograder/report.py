"""What grading one notebook gives: plain, frozen values that go to a terminal, to JSON and to the gradebook."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

CellOutcome = Literal["passed", "failed", "could-not-tell"]
Outcome = Literal["graded", "could-not-tell"]


@dataclass(frozen=True)
class CellReport:
    """The verdict on one graded cell (a part of the exercise).

    Attributes:
        cell: the graded cell's id, which is the part's name.
        score: points earned.
        max_score: points the part is worth.
        outcome: "passed" is full points; "could-not-tell" is a fault of ours and never a zero.
        message: one or two plain sentences for the learner.
        misconception: the name of the known mistake whose values these are, if they are.
        hint: what that mistake usually means, if one was recognized.
        stopped: the part failed because the notebook's process ended or was stopped, not because a value is wrong.
    """

    cell: str
    score: float
    max_score: float
    outcome: CellOutcome
    message: str
    misconception: str | None = None
    hint: str | None = None
    stopped: bool = False


@dataclass(frozen=True)
class Report:
    """The verdict on one notebook.

    Attributes:
        stem: the technique.
        cells: one verdict per graded cell, in the notebook's order.
        notes: what intake found wrong with the notebook, in plain words.
        wall_time_s: seconds from hand-in to verdict.
        cpu_time_s: seconds of processor time the submission itself used.
    """

    stem: str
    cells: tuple[CellReport, ...]
    notes: tuple[str, ...] = ()
    wall_time_s: float = 0.0
    cpu_time_s: float = 0.0

    @property
    def outcome(self) -> Outcome:
        """Whether there is a verdict; one cell without one is enough for there to be none."""
        return "could-not-tell" if any(cell.outcome == "could-not-tell" for cell in self.cells) else "graded"

    @property
    def score(self) -> float:
        """Points earned, over all cells."""
        return sum(cell.score for cell in self.cells)

    @property
    def max_score(self) -> float:
        """Points the exercise is worth."""
        return sum(cell.max_score for cell in self.cells)

    def to_json(self) -> dict[str, Any]:
        """The report as the documented JSON object."""
        return {
            "stem": self.stem,
            "outcome": self.outcome,
            "score": self.score,
            "max_score": self.max_score,
            "cells": [asdict(cell) for cell in self.cells],
            "notes": list(self.notes),
            "wall_time_s": round(self.wall_time_s, 3),
            "cpu_time_s": round(self.cpu_time_s, 3),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Report:
        """The inverse of `to_json`; totals and outcome are derived again, not believed."""
        return cls(
            stem=data["stem"],
            cells=tuple(CellReport(**cell) for cell in data["cells"]),
            notes=tuple(data["notes"]),
            wall_time_s=data["wall_time_s"],
            cpu_time_s=data["cpu_time_s"],
        )
