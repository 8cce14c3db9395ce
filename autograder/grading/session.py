"""A technique's hidden tests under pytest: collected once, then run on one submission after another."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import GraderError
from autograder.grading.cases import Case, CasePool, Part
from autograder.grading.failures import CouldNotTellError, LearnerFailure
from autograder.grading.student import Student, Submission
from autograder.report import CellOutcome

log = logging.getLogger(__name__)

# Nothing but the grader itself: no terminal, no cache folder, no configuration and no plugins of the caller's. What is
# installed beside pytest would take three quarters of its time; two of its own collect garbage five times at the end of
# a session, half a second beside TensorFlow.
_LEFT_OUT = (
    "terminal cacheprovider logging faulthandler unraisableexception threadexception junitxml doctest recwarn pastebin "
    "setuponly setupplan stepwise debugging python_path legacypath tmpdir monkeypatch unittest subtests"
)
QUIET = ["--disable-plugin-autoload", *(option for name in _LEFT_OUT.split() for option in ("-p", f"no:{name}"))]
ALONE = ["--noconftest", "-c", "/dev/null", "--import-mode=importlib", "--assert=plain", "-s"]
FAREWELL_S = 5.0
"""How long the session may take to end when it is asked to."""


@dataclass(frozen=True)
class PartResult:
    """What the hidden tests of one part found."""

    outcome: CellOutcome
    message: str = ""
    misconception: str | None = None
    stopped: bool = False


class HiddenTests:
    """The hidden tests of one file, in a pytest session that lasts.

    To start pytest and to collect the tests takes as long as some of the tests do. So the session waits, in a thread
    of its own, where pytest would run the tests once, and runs them on whatever it is given there.

    Args:
        path: the file.
        pool: where the cases come from.
    """

    def __init__(self, path: Path, pool: CasePool) -> None:
        self._path = path
        self._pool = pool
        self._session: _Session | None = None
        self._thread = threading.Thread()

    def run(self, submission: Submission, executed: str) -> dict[str, PartResult]:
        """Run every hidden test; see `autograder.grading.grader.Grader.run`."""
        if self._session is None:
            self._session = _Session(self._pool)
            self._thread = threading.Thread(target=self._hold, args=(self._session,), daemon=True)
            self._thread.start()
        self._session.given.put((submission, executed))
        while True:
            whose, answer = self._session.answers.get()
            if isinstance(answer, str):
                self._session = None
                raise GraderError(f"autograder/graders/{self._path.name} did not run: {answer}")
            if whose is submission:  # not an earlier one that was left by Ctrl-C, and is answered now
                return answer

    def close(self) -> None:
        """End the session, if there is one."""
        if self._session is not None:
            self._session.given.put(None)
            self._thread.join(FAREWELL_S)
            self._session = None

    def _hold(self, session: _Session) -> None:
        try:
            status = pytest.main([str(self._path), f"--rootdir={self._path.parent}", *QUIET, *ALONE], plugins=[session])
            ending = f"pytest ended with {status!r}"
        except BaseException as error:
            ending = f"{type(error).__name__}: {error}"
        session.answers.put((None, ending))


class _Session:
    """The plugin under which the tests run: their loop, their fixtures, and what became of each part."""

    def __init__(self, pool: CasePool) -> None:
        self._pool = pool
        self.given: queue.SimpleQueue[tuple[Submission, str] | None] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[tuple[Submission | None, dict[str, PartResult] | str]] = queue.SimpleQueue()
        self._results: dict[str, PartResult] = {}

    def pytest_configure(self, config: pytest.Config) -> None:
        # Nobody reads pytest's own report of a failure, and writing out the arrays in it takes longer than grading.
        config.option.tbstyle = "no"

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not session.items:
            return True  # and so the session ends
        while (given := self.given.get()) is not None:
            self._submission, self._executed = given
            self._results = {}
            for item, following in zip(session.items, [*session.items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self.answers.put((self._submission, self._results))
        return True

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        return Student(self._submission, _part_of(request.node).name)

    @pytest.fixture
    def case(self, request: pytest.FixtureRequest) -> Case:
        return self._pool.pick(_part_of(request.node), self._executed)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.when == "call" or call.excinfo is not None:
            name = _part_of(item).name
            student = getattr(item, "funcargs", {}).get("student")
            self._record(name, _result(call.excinfo, student))
        return report

    def _record(self, name: str, result: PartResult) -> None:
        """A part that several tests grade passes if all pass; its first fault is the one that is told."""
        before = self._results.get(name)
        if before is None or before.outcome == "passed" or result.outcome == "could-not-tell":
            self._results[name] = result


def _part_of(item: Any) -> Part:
    part: Part | None = getattr(item.function, "part", None)
    if part is None:
        raise GraderError(f"the hidden test {item.name} belongs to no part; decorate it with @part(name, draw=...)")
    return part


def _result(excinfo: pytest.ExceptionInfo[BaseException] | None, student: Student | None) -> PartResult:
    if excinfo is None:
        return PartResult("passed")
    if isinstance(excinfo.value, LearnerFailure):
        named = student.named if student else None
        return PartResult("failed", str(excinfo.value), named, excinfo.value.stopped)
    if not isinstance(excinfo.value, CouldNotTellError):
        log.error("a hidden grader failed", exc_info=excinfo.value)
    return PartResult(
        "could-not-tell", "The grader itself failed here. This is not your fault; your instructor will look at it."
    )
