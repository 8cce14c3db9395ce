"""Which of the submitted cells answers which cell of the exercise, after anything that can happen to a notebook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.intake.reading import Kind, SubmittedCell

_DEFINITION = re.compile(r"^(?:async[ \t]+)?def[ \t]+([^\W\d]\w*)", re.MULTILINE)


@dataclass(frozen=True)
class KnownCell:
    """A cell of the exercise, as far as matching needs it.

    Attributes:
        name: its grade id.
        kind: "code" or "text".
        source: its text in the released notebook.
        is_solution: whether a learner writes into it.
    """

    name: str
    kind: Kind
    source: str
    is_solution: bool

    @property
    def defines(self) -> frozenset[str]:
        """Names of the functions that it asks for."""
        return functions_of(self.source) if self.is_solution else frozenset()

    def is_unchanged(self, cell: SubmittedCell) -> bool:
        """Whether the submitted cell has the released text, blanks and line ends aside."""
        return _lines(cell.source) == _lines(self.source)


@dataclass(frozen=True)
class Matching:
    """Who is who: every submitted cell that is in none of these is the learner's own extra cell.

    Attributes:
        answers: for each solution cell that was found, the position of the submitted cell whose text is the answer.
        given: for each given or graded cell that was found, the position of the submitted cell that stands for it.
        copies: positions of further cells under a name that is taken, with that name.
        adopted: solution cells whose answer was found by the functions in it, not by its name.
    """

    answers: dict[str, int]
    given: dict[str, int]
    copies: dict[int, str]
    adopted: frozenset[str]


def functions_of(source: str) -> frozenset[str]:
    r"""Names of the functions that a text defines, by its lines: hostile text can bring down Python's own parser.

    Example:
        >>> sorted(functions_of("def f(x):\n    return g(x)\nasync def h(): ..."))
        ['f', 'h']
    """
    return frozenset(_DEFINITION.findall(source))


def match(known: Sequence[KnownCell], cells: Sequence[SubmittedCell]) -> Matching:
    """Find the exercise's cells among the submitted ones.

    By name first (grade id, then cell id). A given cell that has lost its name is known by its text; a solution that
    has lost its name by the functions that it defines, of several the last, as running them all would have it. Of
    several cells under one solution's name, the first that holds more than the blank is the answer.

    Args:
        known: the exercise's cells in order.
        cells: the submitted cells in order.
    """
    claimants, nameless = _claims(known, cells)
    answers: dict[str, int] = {}
    given: dict[str, int] = {}
    copies: dict[int, str] = {}
    for target in known:
        found = claimants[target.name]
        if found:
            written = [p for p in found if cells[p].source.strip() and not target.is_unchanged(cells[p])]
            best = written[0] if target.is_solution and written else found[0]
            (answers if target.is_solution else given)[target.name] = best
            copies.update({p: target.name for p in found if p != best})
        elif not target.is_solution:
            same = [p for p in nameless if cells[p].source.strip() and target.is_unchanged(cells[p])]
            if same:
                given[target.name] = same[0]
                nameless.remove(same[0])
    adopted = _adopt([cell for cell in known if cell.is_solution and cell.name not in answers], cells, nameless, given)
    return Matching(answers | adopted, given, copies, frozenset(adopted))


def _claims(known: Sequence[KnownCell], cells: Sequence[SubmittedCell]) -> tuple[dict[str, list[int]], list[int]]:
    """Positions of the cells that bear each known name, and of those that bear none."""
    claimants: dict[str, list[int]] = {cell.name: [] for cell in known}
    nameless: list[int] = []
    for position, cell in enumerate(cells):
        name = next((name for name in cell.names if name in claimants), None)
        (nameless if name is None else claimants[name]).append(position)
    return claimants, nameless


def _adopt(
    missing: Sequence[KnownCell], cells: Sequence[SubmittedCell], nameless: list[int], given: dict[str, int]
) -> dict[str, int]:
    """Answers that lost their name, or were merged into a given cell, whose text would otherwise be lost."""
    adopted: dict[str, int] = {}
    for target in missing:
        for pool in (nameless, sorted(given.values())):
            found = [p for p in pool if cells[p].kind == "code" and target.defines & functions_of(cells[p].source)]
            if found:
                adopted[target.name] = found[-1]
                break
    return adopted


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().split("\n")]
