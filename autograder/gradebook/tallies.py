"""A class in numbers: distributions, common mistakes and times, over the hand-ins of one exercise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from autograder.gradebook.scores import Score
from autograder.report import Report


@dataclass(frozen=True)
class Entry:
    """One hand-in.

    Attributes:
        learner: the learner's id.
        stem: the technique.
        report: the verdict, if there is one.
        scores: what the gradebook holds, by part; empty if nothing.
    """

    learner: str
    stem: str
    report: Report | None
    scores: Mapping[str, Score] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, Score]:
        """Where each part stands: as in the gradebook, which a person may have changed, else as in the Report."""
        cells = self.report.cells if self.report else ()
        by_report = {
            cell.cell: Score(None if cell.outcome == "could-not-tell" else cell.score, cell.max_score) for cell in cells
        }
        return {**by_report, **self.scores}

    @property
    def total(self) -> float | None:
        """Points over all parts; None while one is open."""
        points = [score.points for score in self.parts.values()]
        known = [one for one in points if one is not None]
        return sum(known) if known and len(known) == len(points) else None


@dataclass(frozen=True)
class Bar:
    """A number, and how long its bar is.

    Attributes:
        label: what is counted.
        count: how many.
        percent: the bar's length, 0 to 100.
    """

    label: str
    count: int
    percent: float


@dataclass(frozen=True)
class Part:
    """How a part of an exercise went.

    Attributes:
        name: the part's name.
        max_score: its points.
        bars: how many learners have all of them, some, none, and no score yet.
    """

    name: str
    max_score: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Mistake:
    """A known mistake that was recognized.

    Attributes:
        bar: its name, and in how many hand-ins.
        parts: the parts that it cost them.
        hint: what those who made it were told.
    """

    bar: Bar
    parts: tuple[str, ...]
    hint: str | None


@dataclass(frozen=True)
class Times:
    """Seconds that grading took.

    Attributes:
        of: which clock.
        median_s: the median over the hand-ins.
        largest_s: the largest.
        learner: whose hand-in that was.
    """

    of: str
    median_s: float
    largest_s: float
    learner: str


def distribution(entries: Sequence[Entry]) -> list[Bar]:
    """How many learners have how many points: every whole number, most first, and last those that are open."""
    totals = [entry.total for entry in entries]
    counts = Counter(None if total is None else max(0, int(total)) for total in totals)
    highest = max([int(max_score(entries)), *(total for total in counts if total is not None)])
    lines: list[tuple[str, int]] = [(str(points), counts[points]) for points in range(highest, -1, -1)]
    lines += [("open", counts[None])] if counts[None] else []
    return [Bar(label, count, 100 * count / max(counts.values())) for label, count in lines]


def max_score(entries: Sequence[Entry]) -> float:
    """Points the exercise is worth."""
    return max(sum(score.max_score for score in entry.parts.values()) for entry in entries)


def middle(entries: Sequence[Entry]) -> float | None:
    """The median of the points; None if all are open."""
    told = [entry.total for entry in entries if entry.total is not None]
    return median(told) if told else None


def parts(entries: Sequence[Entry]) -> list[Part]:
    """Every part, in the exercise's order."""
    found: dict[str, list[Score]] = {}
    for entry in sorted(entries, key=lambda one: one.report is None):  # a Report knows the order, the gradebook not
        for name, score in entry.parts.items():
            found.setdefault(name, []).append(score)
    rows = []
    for name, scores in found.items():
        counts = Counter(map(_kind, scores))
        bars = tuple(Bar(kind, counts[kind], 100 * counts[kind] / len(scores)) for kind in _KINDS)
        rows.append(Part(name, max(score.max_score for score in scores), bars))
    return rows


def mistakes(entries: Sequence[Entry]) -> list[Mistake]:
    """Every known mistake that was recognized, commonest first."""
    learners: dict[str, set[str]] = {}
    costs: dict[str, set[str]] = {}
    hints: dict[str, str | None] = {}
    for entry in entries:
        for cell in entry.report.cells if entry.report else ():
            if cell.misconception is not None:
                learners.setdefault(cell.misconception, set()).add(entry.learner)
                costs.setdefault(cell.misconception, set()).add(cell.cell)
                hints[cell.misconception] = cell.hint
    counts = {name: len(who) for name, who in learners.items()}
    order = [part.name for part in parts(entries)]
    return [
        Mistake(
            Bar(name, counts[name], 100 * counts[name] / len(entries)),
            tuple(sorted(costs[name], key=order.index)),
            hints[name],
        )
        for name in sorted(counts, key=lambda name: (-counts[name], name))
    ]


def times(entries: Sequence[Entry]) -> list[Times]:
    """What both clocks say."""
    found = []
    for of, clock in _CLOCKS.items():
        seconds = sorted((clock(entry.report), entry.learner) for entry in entries if entry.report)
        if seconds:
            found.append(Times(of, median(second for second, _ in seconds), *seconds[-1]))
    return found


_KINDS = ("all", "some", "none", "open")

_CLOCKS: dict[str, Callable[[Report], float]] = {
    "from notebook to verdict": lambda report: report.wall_time_s,
    "processor time of the submission": lambda report: report.cpu_time_s,
}


def _kind(score: Score) -> str:
    if score.points is None:
        return "open"
    return "all" if score.points >= score.max_score else "some" if score.points > 0 else "none"
