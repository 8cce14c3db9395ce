"""Hidden cases drawn ahead, side by side, so that neither a class nor the first hand-in waits for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from autograder.classroom import Classroom
from autograder.gradebook.engines import fork_server
from autograder.gradebook.fingerprint import grading_version
from autograder.rooms import grading_modules
from autograder.sandbox import Limits


def prepare(classroom: Classroom, stems: Sequence[str]) -> Iterator[str]:
    """Draw all hidden cases of some exercises, or find them kept.

    Args:
        classroom: whose secret they are drawn from, and where they are kept.
        stems: the techniques.

    Returns:
        The techniques, each when its cases are there.

    Raises:
        GraderError: a grader finds no case that it could grade with.
    """
    context = fork_server(["autograder.quiet", __name__, *grading_modules(stems)])
    workers = max(1, min(os.cpu_count() or 1, len(stems)))
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(_draw, stems, [classroom.secret()] * len(stems), [classroom.cases] * len(stems))


def _draw(stem: str, secret: bytes, cases: Path) -> str:
    # these import TensorFlow, and the calling process does without
    from autograder.grading.grader import Grader
    from autograder.grading.kept import KeptCases

    grader = Grader(stem, secret, kept=KeptCases(cases), version=grading_version(stem, Limits()))
    for _ in grader.prepare():
        pass
    return stem
