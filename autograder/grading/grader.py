"""A technique's grader: its hidden tests, what learners get wrong, and the cases that both are tried on."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from autograder import misconceptions
from autograder.grading.cases import Case, CasePool, Part
from autograder.grading.kept import KeptCases
from autograder.grading.session import HiddenTests, PartResult
from autograder.grading.student import Submission


class Grader:
    """A technique's hidden tests, misconceptions and pool of cases, to be run on one submission after another."""

    def __init__(self, stem: str, secret: bytes, *, kept: KeptCases | None = None, version: str = "") -> None:
        self._module: ModuleType = importlib.import_module(f"autograder.graders.{stem}")
        reference = importlib.import_module(f"solutions.{stem}")
        found = misconceptions.of(stem)
        self.misconceptions = {m.name: m for m in found}
        self.pool = CasePool(secret, reference, found, kept=kept, version=version)
        self._tests = HiddenTests(Path(str(self._module.__file__)), self.pool)

    def prepare(self) -> Iterator[Case]:
        """Draw all hidden cases, or find them kept; each comes when it is there."""
        parts = [getattr(value, "part", None) for value in vars(self._module).values()]
        return self.pool.prepare([part for part in parts if isinstance(part, Part)])

    def run(self, submission: Submission, executed: str) -> dict[str, PartResult]:
        """Run every hidden test.

        Args:
            submission: the running notebook.
            executed: the sources of the cells that were run, joined; they pick the cases.

        Returns:
            The result of each part that has a test.

        Raises:
            GraderError: the tests could not be run at all.
        """
        return self._tests.run(submission, executed)

    def close(self) -> None:
        """End the session in which the tests wait."""
        self._tests.close()
