"""One hand-in: taken in, looked up, graded if need be, and laid down for nbgrader."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import intake
from autograder.assembly import to_text
from autograder.classroom import TIMESTAMP, Classroom, HandIn, format_timestamp
from autograder.disk import write_atomically
from autograder.gradebook.engines import EngineStarter, GradingEngine, confined_engine
from autograder.gradebook.fingerprint import result_key
from autograder.gradebook.store import Result, ResultStore
from autograder.report import Report
from autograder.sandbox import Limits

METADATA = "autograder"
"""Where a notebook of ours says which result it shows; intake takes the learner's own metadata away."""


@dataclass(frozen=True)
class Settled:
    """A hand-in with its result, ready for the gradebook.

    Attributes:
        learner: the learner's id.
        stem: the technique.
        key: where the result is in the store.
        report: the verdict, with the notes on this hand-in.
        timestamp: when it was handed in, as nbgrader reads it, or None.
        was_known: whether the result was in the store already.
        passing: the result itself where it is not in the store, which is where nothing could be told.
    """

    learner: str
    stem: str
    key: str
    report: Report
    timestamp: str | None
    was_known: bool
    passing: Result | None = None


class Marker:
    """Settles hand-ins with one engine, which starts when the first unknown notebook comes. A context manager.

    Args:
        classroom: the class.
        versions: `grading_version` of each technique.
        limits: what a submission may use.
        start_engine: starts the engine.
    """

    def __init__(
        self,
        classroom: Classroom,
        versions: dict[str, str],
        limits: Limits,
        start_engine: EngineStarter = confined_engine,
    ) -> None:
        self._classroom = classroom
        self._versions = versions
        self._limits = limits
        self._start_engine = start_engine
        self._secret = classroom.secret()
        self._store = ResultStore(classroom.results)
        self._sources: dict[str, NotebookNode] = {}
        self._stack = ExitStack()
        self._engine: GradingEngine | None = None

    def __enter__(self) -> Marker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def settle(self, hand_in: HandIn, *, anew: bool = False) -> Settled:
        """Grade a hand-in, or find its result; write the clean notebook and its time to `intake/`.

        Args:
            hand_in: what the learner left.
            anew: grade even if the result is known.

        Raises:
            ConfinementError: this machine cannot confine a submission.
        """
        taken = self._taken(hand_in)
        return self._settled(hand_in, taken, *self.result(taken.notebook, hand_in.stem, anew=anew))

    def settle_known(self, hand_in: HandIn) -> Settled | None:
        """Settle a hand-in whose result is in the store; None for every other, which is left as it is."""
        taken = self._taken(hand_in)
        key, known = self._known(taken.notebook, hand_in.stem)
        return self._settled(hand_in, taken, key, known, True) if known else None

    def _taken(self, hand_in: HandIn) -> intake.Intake:
        return intake.rebuild(hand_in.path, self._source(hand_in.stem), below=self._classroom.submitted)

    def _settled(self, hand_in: HandIn, taken: intake.Intake, key: str, result: Result, was_known: bool) -> Settled:
        notes = (*hand_in.notes, *taken.notes)
        moment = self._classroom.timestamp(hand_in)
        timestamp = format_timestamp(moment) if moment else None
        self._lay_down(hand_in, marked(taken.notebook, key, notes, timestamp), timestamp)
        told = result.report.outcome == "graded"
        report = replace(result.report, notes=notes)
        return Settled(
            hand_in.learner, hand_in.stem, key, report, timestamp, was_known, passing=None if told else result
        )

    def result(self, clean: NotebookNode, stem: str, *, anew: bool = False) -> tuple[str, Result, bool]:
        """Key and result of a clean notebook, and whether it was known already."""
        key, known = self._known(clean, stem)
        if known is not None and not anew:
            return key, known, True
        graded = self._running().grade_notebook(clean, stem)
        result = Result(graded.report, graded.notebook)
        self._store.put(key, result)
        return key, result, False

    def _known(self, clean: NotebookNode, stem: str) -> tuple[str, Result | None]:
        key = result_key(clean, stem, self._secret, self._versions[stem])
        return key, self._store.get(key)

    def _running(self) -> GradingEngine:
        if self._engine is None:
            self._engine = self._stack.enter_context(
                self._start_engine(self._secret, self._limits, self._classroom.cases)
            )
        return self._engine

    def _source(self, stem: str) -> NotebookNode:
        if stem not in self._sources:
            self._sources[stem] = self._classroom.source_notebook(stem)
        return self._sources[stem]

    def _lay_down(self, hand_in: HandIn, notebook: NotebookNode, timestamp: str | None) -> None:
        folder = self._classroom.intake / hand_in.learner / hand_in.stem
        write_atomically(folder / f"{hand_in.stem}.ipynb", to_text(notebook).encode())
        if timestamp is None:
            (folder / TIMESTAMP).unlink(missing_ok=True)
        else:
            write_atomically(folder / TIMESTAMP, timestamp.encode())


def marked(notebook: NotebookNode, key: str, notes: tuple[str, ...], timestamp: str | None) -> NotebookNode:
    """A copy of a notebook that says which result belongs to it, and what intake found."""
    copy = nbformat.from_dict(notebook)
    copy.metadata[METADATA] = {"result": key, "notes": list(notes), "timestamp": timestamp}
    return copy


def shown_of(classroom: Classroom, learner: str, stem: str) -> dict[str, Any]:
    """What `marked` wrote into the graded notebook of a hand-in; nothing if there is none that can be read."""
    path = classroom.autograded / learner / stem / f"{stem}.ipynb"
    try:
        return dict(json.loads(path.read_bytes())["metadata"][METADATA])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
