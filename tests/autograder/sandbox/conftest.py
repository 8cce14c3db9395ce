"""Sandboxes that the tests of this folder share: starting one imports TensorFlow."""

from collections.abc import Iterator

import pytest

from autograder.sandbox import Child, Sandbox
from autograder.sandbox.confinement import TIGHT


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox whose limits are reached in a moment."""
    with Sandbox(TIGHT) as started:
        yield started


@pytest.fixture(scope="session")
def roomy() -> Iterator[Sandbox]:
    """A sandbox with the limits that a class gets."""
    with Sandbox() as started:
        yield started


@pytest.fixture
def child(sandbox: Sandbox) -> Iterator[Child]:
    with sandbox.child() as fresh:
        yield fresh


@pytest.fixture(scope="session")
def unconfined() -> Iterator[Sandbox]:
    with Sandbox(TIGHT, isolation="none", spares=0) as started:
        yield started
