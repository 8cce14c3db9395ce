"""One warm engine for all tests that grade real notebooks: starting TensorFlow takes seconds."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from autograder import assembly, specimens
from autograder.engine import Engine
from autograder.grading import cases
from autograder.report import Report

Grade = Callable[[str, Mapping[str, str]], Report]
"""Takes a stem, and sources by the function whose cell each of them fills."""

SECRET = b"a secret of the tests"
SMALL_POOL = 1
"""Cases a part: drawing one takes seconds, and these tests grade every technique."""


@pytest.fixture(scope="session")
def kept_cases(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Hidden cases that one process of this run draws for all; some techniques' take half a minute."""
    own = tmp_path_factory.getbasetemp()
    return (own if worker_id == "master" else own.parent) / "cases"


@pytest.fixture(scope="session")
def engine(kept_cases: Path) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch, Engine(secret=SECRET, cases=kept_cases) as engine:
        patch.setattr(cases, "POOL_SIZE", SMALL_POOL)
        yield engine


@pytest.fixture(scope="session")
def graded(engine: Engine) -> Grade:
    """The report of a hand-in that is right but for the cells of some functions, which hold these sources instead."""

    def grade(stem: str, answers: Mapping[str, str]) -> Report:
        return engine.grade(assembly.to_text(specimens.answered(stem, answers)).encode(), stem)

    return grade
