"""A notebook running in the sandbox: its cells, the state at each graded cell, and what happens when it dies.

All cells run first, and their outputs are kept; at each graded cell the namespace is marked. Only then do the hidden
tests call functions, each part with the namespace as it was at its mark. So a part is judged by what stood above it,
and nothing that a hidden test hands over can be printed into the notebook that comes back.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from nbformat import NotebookNode

from autograder.grading import wording
from autograder.grading.failures import CouldNotTellError, LearnerFailure
from autograder.sandbox import CallFailed, CallStopped, Child, ChildLost, Sandbox, ValueRefused

log = logging.getLogger(__name__)

MAX_LOSSES = 3
"""How many cells and calls may kill or hang a notebook before the rest of it is not run any more."""


@dataclass(frozen=True)
class Cell:
    """A code cell to run, or the place of a graded one."""

    index: int
    source: str
    part: str | None


@dataclass
class RunningNotebook:
    """The code cells of one clean notebook in a sandbox. A context manager.

    Attributes:
        outputs: what each cell displayed, by its index in the notebook.
        cpu_time_s: processor time of all its processes so far.
    """

    sandbox: Sandbox
    notebook: NotebookNode
    outputs: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    cpu_time_s: float = 0.0

    def __post_init__(self) -> None:
        self._cells = list(_code_cells(self.notebook))
        self._stopped: dict[int, str] = {}
        self._started = time.monotonic()
        digest = hashlib.sha256(self.executed.encode("utf-8", "surrogatepass")).digest()
        self._seed = int.from_bytes(digest[:4], "big")  # the same random numbers whenever the same cells are graded
        self._losses = 0
        self._child: Child | None = None
        self._is_over = False

    @property
    def executed(self) -> str:
        """The sources of all cells that are run, joined."""
        return "\n\0\n".join(cell.source for cell in self._cells)

    def __enter__(self) -> RunningNotebook:
        try:
            with suppress(LearnerFailure):  # told again to each part that asks for a call
                self._ready()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        self._close()

    def call(self, part: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a learner's function as it was at a part's place; see `grading.student.Submission`."""
        return self._ask(part, name, lambda child: child.call(name, args, kwargs))

    def vjp(self, part: str, name: str, args: tuple[Any, ...], upstream: Any, kwargs: dict[str, Any]) -> Any:
        """Pull `upstream` back through a learner's function; see `grading.student.Submission`."""
        return self._ask(part, name, lambda child: child.vjp(name, args, upstream, kwargs))

    def _ask(self, part: str, name: str, request: Callable[[Child], Any]) -> Any:
        child = self._ready()
        self._refuse_without_time()
        place = next(cell.index for cell in self._cells if cell.part == part)
        above = [why for index, why in self._stopped.items() if index < place]
        try:
            child.rewind(part)
            return request(child)
        except CallFailed as failed:
            stopped = isinstance(failed, CallStopped) or (failed.type_name == "NotDefined" and bool(above))
            raise LearnerFailure(wording.of_exception(name, failed, above), stopped=stopped) from None
        except ValueRefused as refused:
            raise LearnerFailure(wording.of_refusal(name, refused)) from None
        except ChildLost as lost:
            self._lose(lost)
            raise LearnerFailure(wording.of_loss(name, lost), stopped=True) from None

    def _ready(self) -> Child:
        """A child in which all cells have run, those that kill it left out."""
        self._refuse_once_closed()
        while self._child is None:
            self._refuse_replay_without_end()
            self._child = self._fresh_child()
            try:
                self._run_cells(self._child)
            except ChildLost as lost:
                self._lose(lost)
        return self._child

    def _refuse_once_closed(self) -> None:
        if self._is_over:  # Ctrl-C came, and the tests run in a thread that does not know of it
            raise CouldNotTellError("the notebook was closed")

    def _fresh_child(self) -> Child:
        try:
            return self.sandbox.child(seed=self._seed).__enter__()
        except ChildLost as lost:  # it has run nothing of the submission yet
            raise CouldNotTellError(f"a fresh child {lost.message}") from lost

    def _refuse_replay_without_end(self) -> None:
        limits = self.sandbox.limits
        if self._losses > MAX_LOSSES:
            raise _not_run(f"before this part, the notebook had died {self._losses} times")
        if self.cpu_time_s > limits.cpu_time_s:
            raise _not_run(f"the parts above used up the {limits.cpu_time_s:g} s of CPU time there are")
        self._refuse_without_time()

    def _refuse_without_time(self) -> None:
        if self._is_out_of_time():
            limit_s = self.sandbox.limits.notebook_wall_time_s
            raise _not_run(f"the cells and parts above took all of the {limit_s:g} s there are")

    def _is_out_of_time(self) -> bool:
        return time.monotonic() - self._started > self.sandbox.limits.notebook_wall_time_s

    def _run_cells(self, child: Child) -> None:
        for cell in self._cells:
            if cell.part is not None:
                child.mark(cell.part)
            elif cell.index not in self._stopped and not self._is_out_of_time():
                self._run_cell(child, cell)

    def _run_cell(self, child: Child, cell: Cell) -> None:
        """Run one cell; one that dies or never ends is not run again when a fresh child replays the notebook."""
        try:
            result = child.run_cell(cell.source)
        except ChildLost as lost:
            self._stopped[cell.index] = wording.of_loss("it", lost).rstrip(".")
            self.outputs[cell.index] = [_stream(wording.of_loss("This cell", lost) + "\n")]
            raise
        self.outputs[cell.index] = result.outputs
        if result.took_too_long:
            self._stopped[cell.index] = "it took too long"
            self.outputs[cell.index].append(_stream("This cell took too long and was stopped.\n"))

    def _lose(self, lost: ChildLost) -> None:
        """Account for a dead child, after a control has shown that the fault is not ours."""
        self._refuse_once_closed()
        self._close()
        self._losses += 1
        log.info("a submission lost its process: %s", lost.reason)
        control_must_run(self.sandbox)

    def _close(self) -> None:
        if self._child is not None:
            self.cpu_time_s += self._child.cpu_time_s
            self._child.__exit__(None, None, None)
            self._child = None


def control_must_run(sandbox: Sandbox) -> None:
    """Run a notebook of our own that is known to work; if it fails too, the fault is ours.

    Raises:
        CouldNotTellError: it failed.
    """
    try:
        with sandbox.child() as child:
            result = child.run_cell(
                "import tensorflow as tf\ndef control(x):\n    return (tf.constant(x) * 2).numpy()\n"
            )
            if not result.ok or child.call("control", (21.0,), {}) != 42.0:
                raise CouldNotTellError("the control notebook gave a wrong result")
    except (ChildLost, CallFailed, ValueRefused, OSError) as error:
        raise CouldNotTellError(f"the control notebook failed too: {error}") from error


def _code_cells(notebook: NotebookNode) -> list[Cell]:
    cells = []
    for index, cell in enumerate(notebook.cells):
        facts = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code":
            cells.append(Cell(index, cell.source, facts["grade_id"] if facts.get("grade") else None))
    return cells


def _not_run(because: str) -> LearnerFailure:
    return LearnerFailure(f"Not run: {because}.", stopped=True)


def _stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stderr", "text": text}
