"""One warm engine for all tests that grade real notebooks: starting TensorFlow takes seconds."""

from collections.abc import Iterator

import pytest

from autograder.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine(secret=b"a secret of the tests") as engine:
        yield engine
