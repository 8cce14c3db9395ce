"""A Report into nbgrader's gradebook, beside what an instructor gave by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Assignment, BaseCell, Grade, Gradebook, MissingEntry, SubmittedAssignment, SubmittedNotebook

from autograder.report import CellReport, Report

NO_RESPONSE = "No response."


@dataclass(frozen=True)
class Score:
    """Where one part of a hand-in stands in the gradebook.

    Attributes:
        points: the points that count, a person's before ours; None if there are none yet.
        max_score: points the part is worth.
        needs_manual_grade: whether a person is asked to look.
    """

    points: float | None
    max_score: float
    needs_manual_grade: bool = False


def save(
    book: Gradebook, learner: str, stem: str, report: Report, unanswered: Collection[str], *, is_known: bool = False
) -> None:
    """Write the scores of one hand-in, all of them or none.

    Manual scores and comments stay. Where nothing could be told the earlier score stays, and a person is asked to look,
    unless one has given a score to this very hand-in; a person is also asked where a manual score stands over an
    automatic one that has changed.

    Args:
        book: the open gradebook.
        learner: the learner's id.
        stem: the technique, which names assignment and notebook.
        report: the verdict.
        unanswered: grade ids of the solution cells that hold nothing but the blank.
        is_known: whether it is the hand-in that the gradebook has already, and a manual score was given to.
    """
    for cell in report.cells:
        _set_score(book.find_grade(cell.cell, stem, stem, learner), cell, is_known)
    for comment in book.find_submission_notebook(stem, stem, learner).comments:
        comment.auto_comment = NO_RESPONSE if comment.name in unanswered else None
    book.db.commit()


def saved(book: Gradebook, stem: str) -> dict[str, dict[str, float | None]]:
    """Automatic scores in the gradebook: for each learner, by graded cell."""
    scores: dict[str, dict[str, float | None]] = {}
    for learner, cell, score in _grades(book, stem, Grade.auto_score):
        scores.setdefault(learner, {})[cell] = score
    return scores


def standing(book: Gradebook, stem: str) -> dict[str, dict[str, Score]]:
    """Where every hand-in of an exercise stands: for each learner, by graded cell."""
    try:
        notebook = book.find_notebook(stem, stem)
    except MissingEntry:
        return {}
    worth: dict[str, float] = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    rows: list[Any] = _grades(book, stem, Grade.auto_score, Grade.manual_score, Grade.score, Grade.needs_manual_grade)
    found: dict[str, dict[str, Score]] = {}
    for learner, cell, automatic, manual, score, needs_manual_grade in rows:
        points = None if automatic is None and manual is None else score  # with neither, nbgrader says 0
        found.setdefault(learner, {})[cell] = Score(points, worth[cell], needs_manual_grade)
    return found


def _grades(book: Gradebook, stem: str, *columns: Any) -> list[Any]:
    """Those columns of every grade of an exercise, after the learner's id and the graded cell's."""
    rows: list[Any] = (
        book.db.query(SubmittedAssignment.student_id, BaseCell.name, *columns)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == stem)
        .all()
    )
    return rows


def _set_score(grade: Grade, cell: CellReport, is_known: bool) -> None:
    if cell.outcome == "could-not-tell":
        grade.needs_manual_grade = grade.needs_manual_grade or grade.manual_score is None or not is_known
        return
    if grade.manual_score is None:
        grade.needs_manual_grade = False
    elif grade.auto_score != cell.score:
        grade.needs_manual_grade = True
    grade.auto_score = cell.score
