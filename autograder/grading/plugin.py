"""The pytest plugin under which a hidden grader runs: its fixtures, and what became of each part."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder import misconceptions
from autograder.errors import GraderError
from autograder.grading.cases import Case, CasePool, Part
from autograder.grading.failures import CouldNotTellError, LearnerFailure
from autograder.grading.kept import KeptCases
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


@dataclass(frozen=True)
class PartResult:
    """What the hidden tests of one part found."""

    outcome: CellOutcome
    message: str = ""
    misconception: str | None = None
    stopped: bool = False


class Grader:
    """A technique's hidden tests, misconceptions and pool of cases, to be run on one submission after another."""

    def __init__(self, stem: str, secret: bytes, *, kept: KeptCases | None = None, version: str = "") -> None:
        self.stem = stem
        self._tests: ModuleType = importlib.import_module(f"autograder.graders.{stem}")
        reference = importlib.import_module(f"solutions.{stem}")
        found = misconceptions.of(stem)
        self.misconceptions = {m.name: m for m in found}
        self.pool = CasePool(secret, reference, found, kept=kept, version=version)

    def prepare(self) -> Iterator[Case]:
        """Draw all hidden cases, or find them kept; each comes when it is there."""
        parts = [getattr(value, "part", None) for value in vars(self._tests).values()]
        return self.pool.prepare([part for part in parts if isinstance(part, Part)])

    def run(self, submission: Submission, executed: str) -> dict[str, PartResult]:
        """Run every hidden test.

        Args:
            submission: the running notebook.
            executed: the sources of the cells that were run, joined; they pick the cases.

        Returns:
            The result of each part that has a test.
        """
        session = _Session(self.pool, submission, executed)
        path = str(Path(str(self._tests.__file__)))
        status = pytest.main([path, f"--rootdir={Path(path).parent}", *QUIET, *ALONE], plugins=[session])
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or not session.results:
            raise GraderError(f"autograder/graders/{self.stem}.py did not run: pytest ended with {status!r}")
        return session.results


class _Session:
    """One pytest session over one grader and one submission."""

    def __init__(self, pool: CasePool, submission: Submission, executed: str) -> None:
        self._pool = pool
        self._submission = submission
        self._executed = executed
        self.results: dict[str, PartResult] = {}

    def pytest_configure(self, config: pytest.Config) -> None:
        # Nobody reads pytest's own report of a failure, and writing out the arrays in it takes longer than grading.
        config.option.tbstyle = "no"

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
        before = self.results.get(name)
        if before is None or before.outcome == "passed" or result.outcome == "could-not-tell":
            self.results[name] = result


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
