"""One warm engine for all tests that grade real notebooks: starting TensorFlow takes seconds."""

from collections.abc import Iterator

import pytest

from autograder.engine import Engine
from autograder.grading import cases

SMALL_POOL = 1
"""Cases a part: drawing one takes seconds, and these tests grade every technique."""


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch, Engine(secret=b"a secret of the tests") as engine:
        patch.setattr(cases, "POOL_SIZE", SMALL_POOL)
        yield engine
