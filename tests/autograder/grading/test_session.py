"""The pytest session that lasts: each submission has its own results, and nothing of another's."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.errors import GraderError
from autograder.grading.cases import CasePool
from autograder.grading.failures import LearnerFailure
from autograder.grading.session import HiddenTests

TESTS = """
from autograder.grading.cases import part
from autograder.grading.failures import LearnerFailure


@part("first", draw=None)
def test_first(student):
    if student.f() != 1:
        raise LearnerFailure("f is wrong.")


@part("second", draw=None)
def test_second(student):
    if student.g() != 2:
        raise LearnerFailure("g is wrong.")


@part("second", draw=None)
def test_second_again(student):
    student.g()
"""


class Values:
    """A submission whose functions return what it is made with, once they are let."""

    def __init__(self, **values: int) -> None:
        self.values = values
        self.may_answer = threading.Event()
        self.may_answer.set()

    def call(self, part: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.may_answer.wait(30)
        if name not in self.values:
            raise LearnerFailure(f"there is no {name}.")
        return self.values[name]

    def vjp(self, *_: Any) -> Any:
        raise NotImplementedError


@pytest.fixture
def hidden(tmp_path: Path) -> Iterator[HiddenTests]:
    path = tmp_path / f"{tmp_path.name}.py"  # a name of its own: pytest imports a module only once
    path.write_text(TESTS)
    tests = HiddenTests(path, CasePool(b"secret", ModuleType("reference"), ()))
    yield tests
    tests.close()


def outcomes(tests: HiddenTests, submission: Values) -> dict[str, str]:
    return {name: result.outcome for name, result in tests.run(submission, "").items()}


def sessions() -> int:
    return sum("_hold" in thread.name for thread in threading.enumerate())


def test_one_session_runs_the_tests_on_many_submissions(hidden: HiddenTests) -> None:
    before = sessions()
    for _ in range(3):
        assert outcomes(hidden, Values(f=1, g=2)) == {"first": "passed", "second": "passed"}
        assert outcomes(hidden, Values(f=0, g=2)) == {"first": "failed", "second": "passed"}
        assert outcomes(hidden, Values(f=1)) == {"first": "passed", "second": "failed"}
    assert sessions() == before + 1


def test_a_closed_session_is_begun_again(hidden: HiddenTests) -> None:
    before = sessions()
    for _ in range(2):
        assert outcomes(hidden, Values(f=1, g=2)) == {"first": "passed", "second": "passed"}
        assert sessions() == before + 1
        hidden.close()
        assert sessions() == before


def test_what_ctrl_c_left_is_not_taken_for_the_answer_to_the_next(hidden: HiddenTests) -> None:
    left = Values(f=0, g=0)
    left.may_answer.clear()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            hidden.run(left, "")
    finally:
        signal.signal(signal.SIGALRM, before)
    left.may_answer.set()
    assert outcomes(hidden, Values(f=1, g=2)) == {"first": "passed", "second": "passed"}


@pytest.mark.parametrize(
    ("source", "ending"),
    [
        ("this is no Python", "pytest ended"),
        ("", "NO_TESTS_COLLECTED"),
        ("def test_of_no_part(student): pass", "INTERNAL_ERROR"),
    ],
)
def test_tests_that_cannot_run_say_so_each_time(source: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"{tmp_path.name}.py"
    path.write_text(source)
    tests = HiddenTests(path, CasePool(b"secret", ModuleType("reference"), ()))
    for _ in range(2):
        with pytest.raises(GraderError, match=f"{path.name} did not run: .*{ending}"):
            tests.run(Values(f=1, g=2), "")
