"""`report.html`: how the class did, which mistakes are common, and who needs a person's look."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

import jinja2

from autograder import assembly, rooms
from autograder.classroom import Classroom
from autograder.disk import write_atomically
from autograder.gradebook import tallies
from autograder.gradebook.grading import METADATA, Settled
from autograder.gradebook.scores import Score
from autograder.gradebook.store import ResultStore
from autograder.gradebook.tallies import Entry
from autograder.report import Report

PAGE = "report.html"

NOT_FOUND = "There is no result for this hand-in: nothing could be told, or it was cleared away. Grade it again."
BY_HAND = "The gradebook asks for a grade by hand."

Scores = Mapping[str, Mapping[str, Score]]
"""What the gradebook holds of one exercise: by learner and part."""


@dataclass(frozen=True)
class Look:
    """Somebody whose hand-in a person should look at.

    Attributes:
        learner: the learner's id.
        stem: the technique.
        urgent: whether there is something that nobody but a person can settle.
        reasons: why, in plain words.
        page: the feedback, relative to the classroom, as a link has it; None if there is none.
    """

    learner: str
    stem: str
    urgent: bool
    reasons: tuple[str, ...]
    page: str | None


@dataclass(frozen=True)
class Exercise:
    """What the page tells of one exercise; see the functions of `tallies` of the same names."""

    stem: str
    title: str
    hand_ins: int
    median: float | None
    max_score: float
    points: Sequence[tallies.Bar]
    parts: Sequence[tallies.Part]
    mistakes: Sequence[tallies.Mistake]
    times: Sequence[tallies.Times]
    looks: Sequence[Look]


def write(
    classroom: Classroom,
    settled: Iterable[Settled],
    saved: Callable[[str], Scores],
    faults: Sequence[str] = (),
) -> Path:
    """Write the page over all that has been graded in a classroom, not only now.

    Args:
        classroom: the class.
        settled: what was graded now.
        saved: gives what the gradebook holds of an exercise.
        faults: what went wrong now, in plain words.

    Returns:
        Where it lies.
    """
    entries = _entries(classroom, {(one.stem, one.learner): one.report for one in settled}, saved)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page = environment.get_template("overview.html").render(
        exercises=[_exercise(classroom, stem, list(group)) for stem, group in groupby(entries, lambda one: one.stem)],
        faults=faults,
        strangers=classroom.strangers(),
        made=f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %Z}",
    )
    path = classroom.root / PAGE
    write_atomically(path, page.encode("utf-8", "replace"))
    return path


def _entries(
    classroom: Classroom, now: Mapping[tuple[str, str], Report], saved: Callable[[str], Scores]
) -> list[Entry]:
    """Every hand-in that was graded now or is in `autograded/`, by exercise in the course's order."""
    store = ResultStore(classroom.results)
    reports: dict[tuple[str, str], Report | None] = {}
    for path in classroom.autograded.glob("*/*/*.ipynb"):
        learner, stem = path.parts[-3:-1]
        if path.stem == stem and (stem, learner) not in now:
            reports[stem, learner] = _earlier(path, store)
    reports.update(now)
    order = {stem: place for place, stem in enumerate(rooms.stems())}
    found = sorted(reports, key=lambda one: (order.get(one[0], len(order)), *one))
    scores = {stem: saved(stem) for stem in {stem for stem, _ in found}}
    return [Entry(learner, stem, reports[stem, learner], scores[stem].get(learner, {})) for stem, learner in found]


def _earlier(path: Path, store: ResultStore) -> Report | None:
    """The Report that a graded notebook shows; None if it is not in the store."""
    try:
        facts = json.loads(path.read_bytes())["metadata"][METADATA]
        result = store.get(facts["result"])
        return replace(result.report, notes=tuple(facts["notes"])) if result else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _exercise(classroom: Classroom, stem: str, entries: Sequence[Entry]) -> Exercise:
    looks = [look for look in (_look(classroom, entry) for entry in entries) if look.reasons]
    return Exercise(
        stem=stem,
        title=assembly.exercise(stem).title if stem in rooms.stems() else stem,
        hand_ins=len(entries),
        median=tallies.middle(entries),
        max_score=tallies.max_score(entries),
        points=tallies.distribution(entries),
        parts=tallies.parts(entries),
        mistakes=tallies.mistakes(entries),
        times=tallies.times(entries),
        looks=sorted(looks, key=lambda look: not look.urgent),
    )


def _look(classroom: Classroom, entry: Entry) -> Look:
    """Why a person should look at a hand-in; no reason if none should."""
    cells = entry.report.cells if entry.report else ()
    settled = {part for part, score in entry.scores.items() if not score.needs_manual_grade}
    untold = {
        cell.cell: f"{cell.cell}: {cell.message}"
        for cell in cells
        if cell.outcome == "could-not-tell" and cell.cell not in settled
    }
    missing = [] if entry.report else [NOT_FOUND]
    asked = [part for part, score in entry.scores.items() if score.needs_manual_grade and part not in untold]
    unsettled = [*untold.values(), *missing, *(f"{part}: {BY_HAND}" for part in asked)]
    stopped = [f"{cell.cell}: {cell.message}" for cell in cells if cell.stopped]
    notes = entry.report.notes if entry.report else ()
    page = classroom.feedback_page(entry.learner, entry.stem)
    link = quote(str(page.relative_to(classroom.root))) if page.is_file() else None
    return Look(entry.learner, entry.stem, bool(unsettled), (*unsettled, *stopped, *notes), link)
