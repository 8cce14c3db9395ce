"""How `nbgrader autograde`, run by hand, reads submissions: through intake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter

from autograder import intake
from autograder.classroom import Classroom, HandIn, format_timestamp
from autograder.gradebook.grading import METADATA


class IntakeExporter(NotebookExporter):
    """Reads a learner's file as a rebuilt notebook, and every other file as nbgrader does."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert a notebook: nbgrader calls this once with the submission and once with what it made of it."""
        classroom = Classroom(Path(self.parent.coursedir.root))
        path = Path(filename)
        if resources is None or not path.is_relative_to(classroom.submitted):
            converted: tuple[str, dict[str, Any]] = super().from_filename(filename, resources=resources, **options)
            return converted
        stem = resources["nbgrader"]["assignment"]
        taken = intake.rebuild(path, classroom.source_notebook(stem), below=classroom.submitted)
        moment = classroom.timestamp(HandIn(resources["nbgrader"]["student"], stem, path))
        timestamp = format_timestamp(moment) if moment else None
        taken.notebook.metadata[METADATA] = {"notes": list(taken.notes), "timestamp": timestamp}
        read: tuple[str, dict[str, Any]] = self.from_notebook_node(taken.notebook, resources=resources, **options)
        return read
