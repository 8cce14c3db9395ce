"""What a running notebook makes of a call that failed: whether its process was stopped, or its code is wrong."""

from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from autograder import submission
from autograder.grading.failures import CouldNotTellError, LearnerFailure
from autograder.sandbox import CallFailed, CallStopped, ChildLost, Limits, ValueRefused
from autograder.sandbox.child import CellResult
from autograder.submission import MAX_LOSSES, RunningNotebook

PART, FUNCTION = "part", "lrp"


class FailingChild:
    """A child whose cells run, unless they took too long, and in which every call fails."""

    cpu_time_s = 0.1

    def __init__(self, failure: Exception, slow: bool) -> None:
        self.failure, self.slow = failure, slow

    def __enter__(self) -> "FailingChild":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run_cell(self, _source: str) -> CellResult:
        return CellResult(not self.slow, [], "took too long" if self.slow else None, took_too_long=self.slow)

    def mark(self, _label: str) -> None:
        pass

    rewind = mark

    def call(self, *_: object) -> Any:
        raise self.failure


def failure_of(failure: Exception, monkeypatch: pytest.MonkeyPatch, *, calls: int = 1, slow: bool = False) -> Any:
    """The failure that the last of some calls is told as."""
    monkeypatch.setattr(submission, "control_must_run", lambda _: None)
    graded = {"nbgrader": {"grade": True, "grade_id": PART}}
    cells = [nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("0.0", metadata=graded)]
    sandbox: Any = SimpleNamespace(limits=Limits(), child=lambda seed: FailingChild(failure, slow))
    with RunningNotebook(sandbox, nbformat.v4.new_notebook(cells=cells)) as running:
        for _ in range(calls):
            with pytest.raises(LearnerFailure) as told:
                running.call(PART, FUNCTION, (), {})
    return told.value


@pytest.mark.parametrize("reason", ["exited", "crashed", "memory", "cpu-time", "wall-time", "protocol"])
def test_a_lost_process_was_stopped(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failure_of(ChildLost(reason, "ended"), monkeypatch).stopped


def test_a_call_that_took_too_long_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failure_of(CallStopped("ran longer than 1 s"), monkeypatch).stopped


def test_a_function_that_a_stopped_cell_would_have_defined_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = failure_of(CallFailed("NotDefined", ""), monkeypatch, slow=True)
    assert "A cell above was stopped" in str(failure)
    assert failure.stopped


def test_what_is_not_run_any_more_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = failure_of(ChildLost("exited", "ended"), monkeypatch, calls=MAX_LOSSES + 2)
    assert str(failure) == f"Not run: before this part, the notebook had died {MAX_LOSSES + 1} times."
    assert failure.stopped


@pytest.mark.parametrize("name", ["NotImplementedError", "ValueError", "NotDefined", "CallStopped"])
def test_a_plain_mistake_was_not_stopped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not failure_of(CallFailed(name, ""), monkeypatch).stopped


def test_a_refused_value_was_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not failure_of(ValueRefused("returned a dict; return a NumPy array"), monkeypatch).stopped


def test_a_notebook_that_was_closed_is_not_begun_again() -> None:
    children = iter([FailingChild(OSError(), slow=False)])
    sandbox: Any = SimpleNamespace(limits=Limits(), child=lambda seed: next(children))
    with RunningNotebook(sandbox, nbformat.v4.new_notebook()) as running:
        pass
    with pytest.raises(CouldNotTellError, match="closed"):
        running.call(PART, FUNCTION, (), {})


def test_a_call_whose_notebook_is_closed_meanwhile_blames_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(FailingChild):
        def call(self, *_: object) -> Any:
            running.__exit__(None, None, None)
            raise self.failure

    monkeypatch.setattr(submission, "control_must_run", None)  # nothing may be started any more
    graded = nbformat.v4.new_code_cell("0.0", metadata={"nbgrader": {"grade": True, "grade_id": PART}})
    lost = ChildLost("exited", "was closed")
    sandbox: Any = SimpleNamespace(limits=Limits(), child=lambda seed: Interrupted(lost, slow=False))
    with (
        RunningNotebook(sandbox, nbformat.v4.new_notebook(cells=[graded])) as running,
        pytest.raises(CouldNotTellError, match="closed"),
    ):
        running.call(PART, FUNCTION, (), {})
