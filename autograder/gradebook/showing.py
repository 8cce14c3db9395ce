"""A verdict inside the notebook: what a learner reads in the feedback and an instructor in the formgrader."""

from __future__ import annotations

import nbformat
from nbformat import NotebookNode

from autograder.report import CellReport, Report

SHOWN_TYPES = ("text/plain", "image/png")
"""What an output may hold; the sandbox lets nothing else through, and this is the last gate before a browser."""


def show(result: NotebookNode, report: Report) -> NotebookNode:
    """A copy of a graded notebook in which each graded cell tells its verdict, and a first cell the notes.

    Args:
        result: the clean notebook with outputs.
        report: its verdict, with notes.
    """
    notebook = nbformat.from_dict(result)
    verdicts = {cell.cell: cell for cell in report.cells}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            verdict = verdicts.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
            cell.outputs = [_verdict_output(verdict)] if verdict else [o for o in map(_shown, cell.outputs) if o]
    if report.notes:
        lines = ["**What was wrong with the notebook that was handed in**", "", *(f"- {note}" for note in report.notes)]
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell("\n".join(lines), id="notes-of-intake"))
    return notebook


def in_words(cell: CellReport) -> str:
    """A verdict as lines of text.

    Example:
        >>> print(in_words(CellReport("gradient", 0.0, 4.0, "failed", "Wrong sign.", "negated", "Look at the minus.")))
        0 of 4 points
        Wrong sign.
        Hint: Look at the minus.
    """
    points = f"{cell.score:g} of {cell.max_score:g} points"
    if cell.outcome == "could-not-tell":
        points = f"Not graded yet ({cell.max_score:g} points)"
    return "\n".join([points, cell.message, *([f"Hint: {cell.hint}"] if cell.hint else [])])


def _verdict_output(cell: CellReport) -> NotebookNode:
    return nbformat.v4.new_output("stream", name="stdout", text=in_words(cell) + "\n")


def _shown(output: NotebookNode) -> NotebookNode | None:
    if output.output_type not in ("display_data", "execute_result"):
        return output
    data = {kind: content for kind, content in output.data.items() if kind in SHOWN_TYPES}
    return nbformat.from_dict({**output, "data": data, "metadata": {}}) if data else None
