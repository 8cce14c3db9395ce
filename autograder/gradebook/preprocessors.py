"""What nbgrader runs in place of its own `Execute` and `SaveAutoGrades`."""

from __future__ import annotations

import atexit
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor

from autograder.classroom import Classroom
from autograder.gradebook import scores
from autograder.gradebook.fingerprint import grading_version
from autograder.gradebook.grading import METADATA, Marker, marked, shown_of
from autograder.gradebook.shell import Shell, gradebook
from autograder.gradebook.showing import show
from autograder.gradebook.store import Result
from autograder.sandbox import Limits

REPORT = "report"
CLEAN = "clean"

_markers: dict[Path, Marker] = {}


class GradeInSandbox(NbGraderPreprocessor):
    """Puts a notebook's result into it: found in the store, or graded now if `nbgrader autograde` is run by hand."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace the clean notebook by the one with outputs and verdicts; hand the Report on in `resources`."""
        facts = nb.metadata.get(METADATA, {})
        notes = tuple(facts.get("notes", ()))
        key, result = self._result(nb, resources["nbgrader"]["assignment"], facts.get("result"))
        report = replace(result.report, notes=notes)
        resources[METADATA] = {REPORT: report, CLEAN: nb}
        return marked(show(result.notebook, report), key, notes, facts.get("timestamp")), resources

    def _result(self, clean: NotebookNode, stem: str, key: str | None) -> tuple[str, Result]:
        converter = self.parent.parent
        store = converter.parent.store if isinstance(converter.parent, Shell) else None
        if store is not None and key is not None:  # `grade` has settled everything
            result = store.get(key)
            if result is None:
                raise LookupError(f"the result {key} is not in the store")
            return key, result
        marker = _marker(Path(converter.coursedir.root), stem)
        key, result, _ = marker.result(clean, stem)
        return key, result


class SaveReport(NbGraderPreprocessor):
    """Writes the Report into the gradebook."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Save the scores; the notebook stays as it is."""
        facts, report = resources["nbgrader"], resources[METADATA][REPORT]
        learner, stem = facts["student"], facts["assignment"]
        with _gradebook(self, facts["db_url"]) as book:
            unanswered = _unanswered(resources[METADATA][CLEAN], book, stem)
            is_known = report.outcome == "could-not-tell" and self._is_shown(nb, learner, stem)
            scores.save(book, learner, stem, report, unanswered, is_known=is_known)
        return nb, resources

    def _is_shown(self, nb: NotebookNode, learner: str, stem: str) -> bool:
        """Whether the graded notebook that is there, and will be replaced, is of the same hand-in."""
        classroom = Classroom(Path(self.parent.parent.coursedir.root))
        return bool(shown_of(classroom, learner, stem).get("result") == nb.metadata[METADATA]["result"])


class LatePenalties(AssignLatePenalties):
    """nbgrader's own, without opening the gradebook for a hand-in that is in time."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Let the configured plugin set the penalty, if there is, or was, something to set."""
        facts = resources["nbgrader"]
        with _gradebook(self, facts["db_url"]) as book:
            submission = book.find_submission(facts["assignment"], facts["student"])
            in_time = submission.total_seconds_late <= 0 and not submission.late_submission_penalty
        return (nb, resources) if in_time else super().preprocess(nb, resources)


def _gradebook(preprocessor: NbGraderPreprocessor, db_url: str) -> AbstractContextManager[Gradebook]:
    """The gradebook: the one that `grade` holds open, or a connection of our own under nbgrader's commands."""
    app = preprocessor.parent.parent.parent
    return gradebook(app) if isinstance(app, Shell) else Gradebook(db_url)


def _unanswered(clean: NotebookNode, book: Gradebook, stem: str) -> set[str]:
    """Grade ids of the solution cells that are empty or hold the blank, which the gradebook remembers."""
    released = {cell.name: cell.source for cell in book.find_notebook(stem, stem).source_cells}
    return {
        cell.metadata.nbgrader.grade_id
        for cell in clean.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
        and cell.source.strip() in ("", (released.get(cell.metadata.nbgrader.grade_id) or "").strip())
    }


def _marker(root: Path, stem: str) -> Marker:
    """One marker, and so one sandbox, for all notebooks of an `nbgrader autograde` run by hand."""
    if root not in _markers:
        limits = Limits()
        versions = {name: grading_version(name, limits) for name in {stem, *Classroom(root).released()}}
        _markers[root] = Marker(Classroom(root), versions, limits)
        atexit.register(_markers[root].__exit__, None, None, None)
    return _markers[root]
