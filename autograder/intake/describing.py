"""What was wrong with a notebook, in plain sentences for the learner and the instructor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.intake.matching import KnownCell, Matching
from autograder.intake.reading import SubmittedCell


def describe(known: Sequence[KnownCell], cells: Sequence[SubmittedCell], matching: Matching) -> Iterator[str]:
    """Say what `match` found missing, moved, changed or doubled. Quotes no word of the submission.

    Args:
        known: the exercise's cells in order.
        cells: the submitted cells in order.
        matching: which is which.
    """
    if not matching.answers and not matching.given:
        yield "No cell of this exercise was found in the notebook: is it the notebook of another exercise?"
        return
    for cell in known:
        if cell.is_solution:
            yield from _describe_answer(cell, cells, matching)
        elif cell.kind == "code" and _is_changed(cell, cells, matching):
            yield f"The given cell '{cell.name}' had been changed; the original was used."
    for name in sorted(set(matching.copies.values())):
        yield f"The cell '{name}' was there more than once; the first that holds an answer was used for it."
    found = matching.answers | matching.given
    order = [found[cell.name] for cell in known if cell.name in found and cell.name not in matching.adopted]
    if order != sorted(order):
        yield "Cells of the exercise were not in their order; they were put back."


def _is_changed(cell: KnownCell, cells: Sequence[SubmittedCell], matching: Matching) -> bool:
    return cell.name in matching.given and not cell.is_unchanged(cells[matching.given[cell.name]])


def _describe_answer(cell: KnownCell, cells: Sequence[SubmittedCell], matching: Matching) -> Iterator[str]:
    if cell.name not in matching.answers:
        yield f"The cell '{cell.name}' was missing; it was left empty."
    elif cell.name in matching.adopted:
        yield f"The cell '{cell.name}' was missing; its functions were found in another cell."
    elif cells[matching.answers[cell.name]].kind != cell.kind:
        yield f"The cell '{cell.name}' was no code cell any more; it was read as one."
