"""Huge pages for the warm parent: what is in memory stays what it was."""

import os
import platform
from pathlib import Path

import numpy as np
import pytest

from autograder.sandbox.inside import pages

MIB = 2**20


def _huge_bytes() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("AnonHugePages:"))


def _in_another_process(work) -> int:
    """The exit code of a fork, whose memory is its own to rearrange."""
    process = os.fork()
    if process == 0:
        os._exit(work())
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_collapsing_leaves_what_is_in_memory():
    def work():
        numbers = np.arange(4 * MIB)
        pages.collapse()
        return 0 if np.array_equal(numbers, np.arange(4 * MIB)) else 1

    assert _in_another_process(work) == 0


@pytest.mark.skipif(
    tuple(map(int, platform.release().split(".")[:2])) < (6, 1), reason="this Linux cannot collapse pages on request"
)
def test_large_arrays_end_up_in_huge_pages():
    def work():
        letters = b"x" * (16 * MIB)  # NumPy asks for huge pages by itself
        before = _huge_bytes()
        pages.collapse()
        return 0 if len(letters) == 16 * MIB and _huge_bytes() - before >= 12 * MIB else 1

    assert _in_another_process(work) == 0
