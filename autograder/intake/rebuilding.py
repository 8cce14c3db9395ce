"""The clean notebook: the exercise's cells in order, the learner's answers in them, extra cells at their place."""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import assembly
from autograder.disk import UnreadableFileError, read_regular
from autograder.intake import reading
from autograder.intake.describing import describe
from autograder.intake.matching import KnownCell, Matching, match
from autograder.intake.reading import Submission, SubmittedCell, UnusableNotebookError

START = ""
"""Stands for the place before the first cell; no cell has an empty name."""


@dataclass(frozen=True)
class Intake:
    """What intake made of a file.

    Attributes:
        notebook: given and graded cells from the exercise, solution and extra cells from the submission, no outputs, no
            foreign metadata; the blank release if nothing was usable.
        notes: what was wrong, in plain sentences for learner and instructor; empty if all was well.
        usable: whether anything of the submission is in the notebook.
    """

    notebook: NotebookNode
    notes: tuple[str, ...]
    usable: bool


@dataclass(frozen=True)
class _Blueprint:
    """The exercise: nbgrader's source notebook, and what of it matching needs."""

    source: NotebookNode
    known: tuple[KnownCell, ...]


def rebuild(raw: bytes | Path, source: NotebookNode, *, below: Path | None = None) -> Intake:
    """Rebuild a clean notebook from what a learner handed in. Never raises for what is in the file.

    Args:
        raw: the file's bytes, or its path.
        source: nbgrader's source notebook of the exercise.
        below: with a path: the folder that strangers may fill; no link is followed below it.

    Returns:
        The notebook, and notes on what was wrong.

    Example:
        >>> rebuild(b"print('hello')", assembly.assemble("sensitivity_analysis")).usable
        False
    """
    blueprint = _blueprint(json.dumps(source, sort_keys=True))
    try:
        if isinstance(raw, Path):
            raw = read_regular(raw, max_bytes=reading.MAX_NOTEBOOK_BYTES, below=below)
        submission = reading.read(raw)
    except (UnreadableFileError, UnusableNotebookError) as error:
        return _blank(blueprint, f"The file could not be used: {error}. It was graded as if nothing had been written.")
    matching = match(blueprint.known, submission.cells)
    answers = _answers(blueprint, submission, matching)
    extras = _extras(submission, matching, blueprint)
    notes = (*submission.notes, *describe(blueprint.known, submission.cells, matching))
    return Intake(_assemble(blueprint, answers, extras), notes, usable=True)


@functools.lru_cache(maxsize=32)
def _blueprint(source: str) -> _Blueprint:
    notebook = nbformat.from_dict(json.loads(source))
    released = assembly.release_version(notebook)
    known = tuple(
        KnownCell(
            name=_name(cell),
            kind="code" if cell.cell_type == "code" else "text",
            source=cell.source,
            is_solution=bool(cell.metadata.nbgrader.solution),
        )
        for cell in released.cells
    )
    return _Blueprint(nbformat.from_dict(json.loads(source)), known)


def _name(cell: NotebookNode) -> str:
    name: str = cell.metadata.nbgrader.grade_id
    return name


def _blank(blueprint: _Blueprint, note: str) -> Intake:
    blanks = {cell.name: cell.source for cell in blueprint.known if cell.is_solution}
    return Intake(_assemble(blueprint, blanks, {}), (note,), usable=False)


def _answers(blueprint: _Blueprint, submission: Submission, matching: Matching) -> dict[str, str]:
    """The text of every solution cell; empty where there is none.

    Empty, not blank: the blank's NotImplementedError would undo a function that an extra cell defines. Two solutions
    merged into one cell run once, at the first one's place.
    """
    answers: dict[str, str] = {}
    used: set[int] = set()
    for cell in blueprint.known:
        if cell.is_solution:
            position = matching.answers.get(cell.name)
            answers[cell.name] = "" if position is None or position in used else submission.cells[position].source
            used |= set() if position is None else {position}
    return answers


def _extras(submission: Submission, matching: Matching, blueprint: _Blueprint) -> dict[str, list[SubmittedCell]]:
    """The learner's own cells, each after the known cell that it followed, as running the notebook would meet them.

    A changed copy of a solution cell is one of them: what it defines counts from where it stands.
    """
    known = {cell.name: cell for cell in blueprint.known}
    places = {position: name for name, position in (matching.answers | matching.given).items()}
    extras: dict[str, list[SubmittedCell]] = defaultdict(list)
    place = START
    for position, cell in enumerate(submission.cells):
        original = known.get(matching.copies.get(position, ""))
        if position in places:
            place = places[position]
        elif original is None or (original.is_solution and not original.is_unchanged(cell)):
            extras[place].append(cell)
    return extras


def _assemble(blueprint: _Blueprint, answers: dict[str, str], extras: dict[str, list[SubmittedCell]]) -> NotebookNode:
    taken = {cell.name for cell in blueprint.known}
    cells: list[NotebookNode] = []

    def add_extras(place: str) -> None:
        for extra in extras.get(place, []):
            if extra.source.strip():
                number = 1 + len(cells)
                while f"extra-{number}" in taken:
                    number += 1
                taken.add(f"extra-{number}")
                cells.append(_extra_cell(extra, f"extra-{number}"))

    add_extras(START)
    for source in blueprint.source.cells:
        name = _name(source)
        cells.append(_known_cell(source, answers.get(name, source.source)))
        add_extras(name)
    kernelspec = {"kernelspec": dict(blueprint.source.metadata.get("kernelspec", assembly.KERNELSPEC))}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernelspec)
    notebook.nbformat_minor = 5
    return notebook


def _known_cell(source: NotebookNode, text: str) -> NotebookNode:
    is_answer = source.cell_type != "code" and source.metadata.nbgrader.solution
    shown = plain_markdown(text) if is_answer else text
    return _cell(source.cell_type, shown, _name(source), {"nbgrader": dict(source.metadata.nbgrader)})


def _extra_cell(cell: SubmittedCell, cell_id: str) -> NotebookNode:
    return _cell(cell.kind, cell.source if cell.kind == "code" else plain_markdown(cell.source), cell_id, {})


def _cell(kind: str, source: str, cell_id: str, metadata: dict[str, Any]) -> NotebookNode:
    """A cell of format 4.5; nbformat's own makers validate each cell by itself, which takes most of a rebuild."""
    content = {"id": cell_id, "metadata": metadata, "source": source}
    if kind == "code":
        return nbformat.from_dict({"cell_type": "code", **content, "execution_count": None, "outputs": []})
    return nbformat.from_dict({"cell_type": "markdown", **content})


def plain_markdown(text: str) -> str:
    """Markdown that shows a learner's text as it was typed, and does nothing else.

    A fenced block longer than any fence within: no HTML, no link, no image that calls home, no formula that MathJax
    would run, in the instructor's browser. Cleaning HTML alone would leave the last three.

    Example:
        >>> print(plain_markdown("see [this](javascript:alert(1))"))
        ```
        see [this](javascript:alert(1))
        ```
    """
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.strip(chr(10))}\n{fence}"
