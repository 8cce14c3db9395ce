"""Exercise masters into notebooks: the solution is the source, the exercise is derived.

`exercises/<stem>.md` holds prose, checks and the names of functions; `solutions/<stem>.py` holds the functions.
Assembly joins them into nbgrader's source notebook, and nbgrader's own preprocessors make of it the one that learners
get. Two assemblies of the same texts give the same bytes: every cell's id is the id it is graded under.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode
from traitlets.config import Config

from autograder import functions
from autograder.errors import AssemblyError
from autograder.rooms import EXERCISES, require_stem

GRADED_SOURCE = "0.0  # points come from the hidden tests"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


@dataclass(frozen=True)
class Part:
    """A graded part of an exercise: its name, which is the graded cell's id, and its points."""

    name: str
    points: float


@dataclass(frozen=True)
class Exercise:
    """What a page or a command says about an exercise.

    Attributes:
        minutes: about how long it takes.
        difficulty: "introductory", "intermediate" or "advanced".
    """

    stem: str
    title: str
    minutes: int
    difficulty: str
    parts: tuple[Part, ...]

    @property
    def points(self) -> float:
        """Points of all parts together."""
        return sum(part.points for part in self.parts)


def exercise(stem: str) -> Exercise:
    """Title, minutes, difficulty and parts, as the master of the exercise states them."""
    master = _read_master(stem)
    parts = tuple(
        Part(cell.metadata["graded"], float(cell.metadata["points"]))
        for cell in master.cells
        if "graded" in cell.metadata
    )
    facts = master.metadata
    return Exercise(stem, facts["title"], int(facts["minutes"]), facts["difficulty"], parts)


def assemble(stem: str) -> NotebookNode:
    """Nbgrader's source notebook of an exercise: with the solutions, between nbgrader's markers.

    Example:
        >>> [cell.id for cell in assemble("sensitivity_analysis").cells if cell.metadata.nbgrader.grade]
        ['logit_gradient', 'sensitivity_analysis', 'trained_network']
    """
    master = _read_master(stem)
    module = functions.read(stem)
    cells: list[NotebookNode] = []
    first_code = next(i for i, cell in enumerate(master.cells) if cell.cell_type == "code")
    for position, cell in enumerate(master.cells):
        if position == first_code:
            cells += _preamble(module)
        cells.append(_assemble_cell(cell, position, module))
    _require_unique([cell.id for cell in cells], stem)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": dict(KERNELSPEC)})
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def release_version(source: NotebookNode) -> NotebookNode:
    """What a learner gets: the source notebook without solutions, its given cells locked."""
    # all of nbgrader comes with it, which takes longer than what most commands and every worker have to do
    from nbgrader.preprocessors import ClearOutput, ClearSolutions, ComputeChecksums, LockCells

    config = Config()
    config.ClearSolutions.code_stub = {"python": STUB}
    notebook = nbformat.from_dict(source)
    resources: dict[str, Any] = {}
    for preprocessor in (LockCells, ClearSolutions, ClearOutput, ComputeChecksums):
        notebook, resources = preprocessor(config=config).preprocess(notebook, resources)
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """A notebook as the text of an .ipynb file, the same text each time."""
    text: str = nbformat.writes(notebook)
    return text if text.endswith("\n") else text + "\n"


def _read_master(stem: str) -> NotebookNode:
    path = EXERCISES / f"{require_stem(stem)}.md"
    master = _parsed(path.read_text(encoding="utf-8"))
    missing = {"stem", "title", "minutes", "difficulty"} - set(master.metadata)
    if missing:
        raise AssemblyError(f"{path.name}: its front matter lacks {', '.join(sorted(missing))}")
    if master.metadata["stem"] != stem:
        raise AssemblyError(f"{path.name}: its front matter says stem {master.metadata['stem']!r}; write {stem!r}")
    return master


@lru_cache(maxsize=64)
def _parsed(text: str) -> NotebookNode:
    """A master as jupytext reads it, to be looked at only: a class asks for the same one with each notebook."""
    return jupytext.reads(text, fmt="md:myst")


def _preamble(module: functions.Module) -> list[NotebookNode]:
    """The imports that every cell may use, and what earlier exercises have built."""
    cells = [_code("imports", module.imports)]
    if module.given:
        title = "# Given: what you built in earlier exercises.\n"
        cells.append(_code("given", title + "\n\n\n".join(module.given)))
    return cells


def _assemble_cell(cell: NotebookNode, position: int, module: functions.Module) -> NotebookNode:
    if cell.cell_type == "markdown":
        return nbformat.v4.new_markdown_cell(
            cell.source, id=f"text-{position}", metadata=_metadata(f"text-{position}", "markdown", locked=True)
        )
    options = cell.metadata
    if "implement" in options:
        names = [name.strip() for name in options["implement"].split(",")]
        blanks = "\n\n\n".join(module.function(name).with_markers() for name in names)
        return _code(f"{names[0]}-solution", blanks, locked=False, solution=True)
    if "check" in options:
        return _code(f"{options['check']}-check", cell.source)
    if "graded" in options:
        return _code(options["graded"], GRADED_SOURCE, points=float(options["points"]))
    return _code(f"code-{position}", cell.source)


def _code(
    grade_id: str, source: str, *, locked: bool = True, solution: bool = False, points: float | None = None
) -> NotebookNode:
    metadata = _metadata(grade_id, "code", locked=locked, solution=solution, points=points)
    return nbformat.v4.new_code_cell(source, id=grade_id, metadata=metadata)


def _metadata(
    grade_id: str, cell_type: str, *, locked: bool, solution: bool = False, points: float | None = None
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        "cell_type": cell_type,
    }
    if points is not None:
        facts["points"] = points
    return {"nbgrader": facts}


def _require_unique(ids: list[str], stem: str) -> None:
    twice = sorted({cell_id for cell_id in ids if ids.count(cell_id) > 1})
    if twice:
        raise AssemblyError(
            f"exercises/{stem}.md: two cells would be called {', '.join(twice)}; rename a part or check"
        )
