"""One engine for all attacks, with canaries in its reach; a second one whose limits are reached in a moment."""

from collections.abc import Iterator

import pytest

from autograder import assembly, specimens
from autograder.engine import Engine
from autograder.sandbox.limits import MIB, Limits

STEM = "sensitivity_analysis"
SECRET = b"canary-of-the-classroom-secret"
OTHER_LEARNER = "canary-of-another-learner"

TIGHT = Limits(
    cpu_time_s=30,
    notebook_wall_time_s=20,
    request_cpu_time_s=2,
    request_wall_time_s=5,
    grace_s=1,
    memory_bytes=512 * MIB,
    disk_bytes=8 * MIB,
    file_bytes=4 * MIB,
    inodes=256,
    cell_text_bytes=20_000,
)


@pytest.fixture(scope="session", autouse=True)
def _one_case_for_each_part() -> Iterator[None]:
    """Drawing a case costs more than an attack, and which of the cases is taken is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograder.grading.cases.POOL_SIZE", 1)
        yield


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An engine that has just graded another learner's notebook."""
    with Engine(SECRET) as engine:
        other = specimens.with_cell(
            specimens.blank(STEM), f"note = {OTHER_LEARNER!r}\nopen('/work/note', 'w').write(note)\nprint(note)"
        )
        engine.grade(assembly.to_text(other).encode(), STEM)
        yield engine


@pytest.fixture(scope="session")
def tight_engine() -> Iterator[Engine]:
    """An engine that a notebook exhausts in seconds."""
    with Engine(SECRET, TIGHT) as engine:
        yield engine
