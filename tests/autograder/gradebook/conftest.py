"""Shared by the gradebook's tests: a released classroom, hand-ins, and an engine without a sandbox."""

import shutil
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # worker processes must be able to import the engine below

from simple_engine import start_simple_engine

from autograder import assembly
from autograder.classroom import Classroom
from autograder.gradebook.releasing import release

STEM = "sensitivity_analysis"


@pytest.fixture(scope="session")
def stem():
    return STEM


@pytest.fixture(scope="session")
def simple_engine():
    return start_simple_engine


@pytest.fixture(scope="session")
def _released(tmp_path_factory):
    classroom = Classroom.create(tmp_path_factory.mktemp("released"))
    release(classroom, STEM)
    return classroom


@pytest.fixture
def classroom(_released, tmp_path):
    """A classroom of its own with the exercise released."""
    root = tmp_path / "classroom"
    shutil.copytree(_released.root, root)
    return Classroom(root)


@pytest.fixture
def hand_in(classroom):
    """Puts bytes into `submitted/`, or a notebook with a comment for the simple engine."""

    def put(learner, text=None, *, raw=None, timestamp=None):
        folder = classroom.submitted / learner / STEM
        folder.mkdir(parents=True, exist_ok=True)
        if raw is None:
            notebook = assembly.release_version(assembly.assemble(STEM))
            cell = next(c for c in notebook.cells if c.metadata.nbgrader.solution)
            cell.source = f"def logit_gradient(): ...  # {text}"
            raw = nbformat.writes(notebook).encode()
        (folder / f"{STEM}.ipynb").write_bytes(raw)
        if timestamp:
            (folder / "timestamp.txt").write_text(timestamp)

    return put


class Watcher:
    """Remembers what it was told."""

    def __init__(self):
        self.total, self.learners = None, []

    def begin(self, total):
        self.total = total

    def done(self, settled):
        self.learners.append(settled.learner)


@pytest.fixture
def watcher():
    return Watcher()
