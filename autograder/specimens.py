"""Hand-ins made to order: solved, with a known mistake, with a cell of one's own. For tests, demo and benchmarks."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping

import nbformat
from nbformat import NotebookNode

from autograder import assembly, functions
from autograder.grading.misconceptions import Misconception


def blank(stem: str) -> NotebookNode:
    """The exercise as it was released."""
    return assembly.release_version(assembly.assemble(stem))


def solved(stem: str) -> NotebookNode:
    """A hand-in with the reference implementation in every blank."""
    notebook = blank(stem)
    for cell, source in zip(notebook.cells, assembly.assemble(stem).cells, strict=True):
        if source.metadata.nbgrader.solution:
            lines = source.source.splitlines()
            cell.source = "\n".join(line for line in lines if line.strip() not in (functions.BEGIN, functions.END))
    return notebook


def mistaken(stem: str, mistake: Misconception) -> NotebookNode:
    """A hand-in that is right but for one known mistake."""
    notebook = solved(stem)
    cell = _solution_cell(notebook, mistake.replaces)
    cell.source += f"\n\n\n{_source(mistake)}\n\n\n{mistake.replaces} = {mistake.wrong.__name__}"
    return notebook


def answered(stem: str, answers: Mapping[str, str]) -> NotebookNode:
    """A hand-in that is right but for the cells of some functions, which hold these sources instead."""
    notebook = solved(stem)
    # All cells are found before one is changed: an answer may define another answer's function inside its own.
    cells = [_solution_cell(notebook, name) for name in answers]
    for cell, source in zip(cells, answers.values(), strict=True):
        cell.source = textwrap.dedent(source).strip("\n")
    return notebook


def with_cell(notebook: NotebookNode, source: str, *, position: int = 0) -> NotebookNode:
    """The same hand-in with a code cell of the learner's own put in at `position`."""
    copy = nbformat.from_dict(notebook)
    copy.cells.insert(position, nbformat.v4.new_code_cell(textwrap.dedent(source).strip("\n"), id=f"own-{position}"))
    return copy


def _solution_cell(notebook: NotebookNode, function: str) -> NotebookNode:
    return next(
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution") and f"def {function}(" in cell.source
    )


def _source(mistake: Misconception) -> str:
    """The wrong implementation as a learner would have written it: without our decorator."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(mistake.wrong)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.decorator_list = []
    return ast.unparse(function)
