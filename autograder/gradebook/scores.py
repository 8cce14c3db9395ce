"""A Report into nbgrader's gradebook, beside what an instructor gave by hand."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nbgrader.api import Assignment, BaseCell, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook

from autograder.report import CellReport, Report

NO_RESPONSE = "No response."


def save(book: Gradebook, learner: str, stem: str, report: Report, unanswered: Collection[str]) -> None:
    """Write the scores of one hand-in, all of them or none.

    Manual scores and comments stay. Where nothing could be told the earlier score stays, and a person is asked to look;
    so is one where a manual score stands over an automatic one that has changed.

    Args:
        book: the open gradebook.
        learner: the learner's id.
        stem: the technique, which names assignment and notebook.
        report: the verdict.
        unanswered: grade ids of the solution cells that hold nothing but the blank.
    """
    for cell in report.cells:
        _set_score(book.find_grade(cell.cell, stem, stem, learner), cell)
    for comment in book.find_submission_notebook(stem, stem, learner).comments:
        comment.auto_comment = NO_RESPONSE if comment.name in unanswered else None
    book.db.commit()


def saved(book: Gradebook, stem: str) -> dict[str, dict[str, float | None]]:
    """Automatic scores in the gradebook: for each learner, by graded cell."""
    rows: list[Any] = (
        book.db.query(SubmittedAssignment.student_id, BaseCell.name, Grade.auto_score)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == stem)
        .all()
    )
    scores: dict[str, dict[str, float | None]] = {}
    for learner, cell, score in rows:
        scores.setdefault(learner, {})[cell] = score
    return scores


def _set_score(grade: Grade, cell: CellReport) -> None:
    if cell.outcome == "could-not-tell":
        grade.needs_manual_grade = True
        return
    if grade.manual_score is None:
        grade.needs_manual_grade = False
    elif grade.auto_score != cell.score:
        grade.needs_manual_grade = True
    grade.auto_score = cell.score
