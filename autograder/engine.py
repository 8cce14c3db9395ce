"""The grading engine: a notebook in, a Report out.

A learner's failure is a result. What is our own fault is retried and then told apart from it: never a zero.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import nbformat
from nbformat import NotebookNode

from autograder import assembly, intake
from autograder.gradebook.fingerprint import grading_version
from autograder.grading.failures import CouldNotTellError
from autograder.grading.grader import Grader
from autograder.grading.kept import KeptCases
from autograder.grading.session import PartResult
from autograder.report import CellReport, Report
from autograder.sandbox import ConfinementError, Limits, Sandbox
from autograder.sandbox.confinement import require_confinement
from autograder.sandbox.parent import Isolation
from autograder.submission import RunningNotebook

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a notebook is tried when the fault is ours, before it is "could-not-tell"."""

PASSED_MESSAGE = "All hidden tests passed."
OUR_FAULT = PartResult("could-not-tell", "Grading failed for a reason of its own. This is not your fault.")


@dataclass(frozen=True)
class Graded:
    """A Report, and the notebook with the outputs that its cells showed."""

    report: Report
    notebook: NotebookNode


class Engine:
    """Grades one notebook after another in one warm sandbox. A context manager; not for several threads at once.

    Args:
        secret: what the hidden cases are drawn from; a classroom keeps its own.
        limits: what a submission may use.
        isolation: "bubblewrap", or "none" for one's own notebook.
        cases: a folder of the classroom in which hidden cases are kept between runs; None: they are not.
        line: of a warm parent whose sandbox another process has started with these limits, and tested; None: this one
            starts its own, and tests it.

    Raises:
        ConfinementError: on entering, if this machine cannot confine a submission; then none is run.

    Example:
        >>> with Engine(secret=b"only an example") as engine:
        ...     engine.grade(Path("work/sensitivity_analysis.ipynb"), "sensitivity_analysis").score
        10.0
    """

    def __init__(
        self,
        secret: bytes,
        limits: Limits | None = None,
        isolation: Isolation = "bubblewrap",
        *,
        cases: Path | None = None,
        line: socket.socket | None = None,
    ) -> None:
        self._secret = secret
        self._kept = KeptCases(cases) if cases else None
        self._limits = limits or Limits()
        self._isolation = isolation
        self._line = line
        self._stack = ExitStack()
        self._sandbox: Sandbox | None = None
        self._graders: dict[str, Grader] = {}
        self._sources: dict[str, NotebookNode] = {}

    def __enter__(self) -> Engine:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stack.close()
        finally:
            for grader in self._graders.values():
                grader.close()

    def prepare(self, stem: str) -> Iterator[object]:
        """Draw the hidden cases of an exercise ahead, one at each step: then no hand-in waits for them.

        Args:
            stem: the technique.
        """
        return self._grader(stem).prepare()

    def grade(self, submitted: Path | bytes, stem: str) -> Report:
        """Grade a hand-in, whatever it is.

        Args:
            submitted: the path of a notebook, or its bytes.
            stem: the technique.

        Raises:
            UnknownStemError: there is no such technique.
        """
        started = time.monotonic()
        taken_in = intake.rebuild(submitted, self._source(stem))
        graded = self.grade_notebook(taken_in.notebook, stem, taken_in.notes)
        return replace(graded.report, wall_time_s=time.monotonic() - started)

    def grade_notebook(self, clean: NotebookNode, stem: str, notes: tuple[str, ...] = ()) -> Graded:
        """Grade a notebook that intake has rebuilt.

        Returns:
            The Report, and a copy of the notebook with its outputs.
        """
        started = time.monotonic()
        results: dict[str, PartResult] = {}
        cpu_time_s = 0.0
        notebook = clean
        for attempt in range(ATTEMPTS):
            try:
                results, notebook, cpu_time_s = self._attempt(clean, stem)
            except (CouldNotTellError, ConfinementError) as error:
                log.warning("attempt %d of %d at %s failed on our side: %s", attempt + 1, ATTEMPTS, stem, error)
                self._restart()
                continue
            if all(result.outcome != "could-not-tell" for result in results.values()):
                break
        cells = tuple(self._cell_report(stem, part, results) for part in assembly.exercise(stem).parts)
        return Graded(Report(stem, cells, notes, time.monotonic() - started, cpu_time_s), notebook)

    def _attempt(self, clean: NotebookNode, stem: str) -> tuple[dict[str, PartResult], NotebookNode, float]:
        assert self._sandbox is not None, "use the engine as a context manager"
        notebook = nbformat.from_dict(clean)
        with RunningNotebook(self._sandbox, notebook) as running:
            results = self._grader(stem).run(running, running.executed)
        for index, outputs in running.outputs.items():
            notebook.cells[index].outputs = [nbformat.from_dict(output) for output in outputs]
        return results, notebook, running.cpu_time_s

    def _cell_report(self, stem: str, part: assembly.Part, results: dict[str, PartResult]) -> CellReport:
        result = results.get(part.name, OUR_FAULT)
        known = self._grader(stem).misconceptions.get(result.misconception or "")
        return CellReport(
            cell=part.name,
            score=part.points if result.outcome == "passed" else 0.0,
            max_score=part.points,
            outcome=result.outcome,
            message=PASSED_MESSAGE if result.outcome == "passed" else result.message,
            misconception=known.name if known else None,
            hint=known.hint if known else None,
            stopped=result.stopped,
        )

    def _grader(self, stem: str) -> Grader:
        if stem not in self._graders:
            version = grading_version(stem, self._limits) if self._kept else ""
            self._graders[stem] = Grader(stem, self._secret, kept=self._kept, version=version)
        return self._graders[stem]

    def _source(self, stem: str) -> NotebookNode:
        if stem not in self._sources:
            self._sources[stem] = assembly.assemble(stem)
        return self._sources[stem]

    def _start(self) -> None:
        self._sandbox = self._stack.enter_context(Sandbox(self._limits, self._isolation, line=self._line))
        if self._isolation == "bubblewrap" and self._line is None:
            require_confinement(self._sandbox)

    def _restart(self) -> None:
        self._stack.close()
        self._line = None  # the shared one may be what failed
        self._start()
