"""How much faster than stock nbgrader is grading a class here? One run, one class, both graders.

    python benchmarks/grading.py [--learners 40] [--workers 2] [--runs 4] [--stages]

Both sides get the same hand-ins of one exercise: the reference, known mistakes and blanks. Stock `nbgrader autograde`
executes each notebook in a kernel of its own, one after another; ours runs `grade`, hidden tests included. Feedback is
left out on both sides, and so is releasing the exercise, in which ours also draws the hidden cases; how long that takes
is printed. Bytecode is compiled for both (set-up does it).

Ours grades the class several times, half of them before stock and half after it, and the mean counts: stock takes so
long that a machine's changes of speed even out in it, and in one run of ours they do not.

Prints notebooks a minute, CPU seconds and peak memory of the largest process for both sides, and the ratio of wall
times. With `--stages` it prints instead where ours spends its processor time, in one process and without the gradebook.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from autograder.demo import make_class
from autograder.disk import write_atomically
from autograder.engine import Engine
from autograder.sandbox import child, sandbox

STEM = "sensitivity_analysis"
NBGRADER = Path(sys.executable).parent / "nbgrader"
PR_SET_CHILD_SUBREAPER = 36
CHEAP = ("loops", "endless", "exits", "empty", "photograph")  # hand-ins that stock nbgrader cannot grade at all


@dataclass(frozen=True)
class Figures:
    """What grading the class took."""

    wall_time_s: float
    cpu_time_s: float
    peak_memory_bytes: int


def main() -> None:
    """Grade the same class twice and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=40, help="size of the class (default 40)")
    parser.add_argument("--workers", type=int, default=2, help="processes that ours grades with (default 2)")
    parser.add_argument("--runs", type=int, default=4, help="how often ours grades the class (default 4)")
    parser.add_argument("--stages", action="store_true", help="print where ours spends its time, and nothing else")
    arguments = parser.parse_args()
    hand_ins = class_of(arguments.learners)
    if arguments.stages:
        show_stages(list(hand_ins.values()))
        return
    with tempfile.TemporaryDirectory() as folder:
        released = Path(folder) / "released"
        released_s = prepare(released, hand_ins)
        before = [grade_with_ours(released, arguments.workers) for _ in range(arguments.runs - arguments.runs // 2)]
        stock = grade_with_stock(Path(folder) / "stock", hand_ins)
        after = [grade_with_ours(released, arguments.workers) for _ in range(arguments.runs // 2)]
    show(arguments.learners, stock, [*before, *after], arguments.workers)
    print(f"Releasing the exercise, its hidden cases drawn, took {released_s:.1f} s; it is not counted.")


def grade_with_ours(released: Path, workers: int) -> Figures:
    """Grade a fresh copy of a classroom with `python -m autograder grade`."""
    with tempfile.TemporaryDirectory() as folder:
        classroom = Path(folder) / "ours"
        shutil.copytree(released, classroom)
        command = [sys.executable, "-m", "autograder", "grade", STEM, "--classroom", str(classroom)]
        return measured([*command, "--no-feedback", "--json", "--workers", str(workers)], classroom)


def grade_with_stock(classroom: Path, hand_ins: dict[str, bytes]) -> Figures:
    """Grade the same hand-ins with `nbgrader autograde`, as it comes."""
    prepare(classroom, hand_ins, "--no-cases")
    (classroom / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'stock'\n")
    generate = [NBGRADER, "generate_assignment", STEM, "--force"]
    subprocess.run(generate, cwd=classroom, check=True, capture_output=True)
    return measured([str(NBGRADER), "autograde", STEM], classroom)


def class_of(size: int) -> dict[str, bytes]:
    """So many hand-ins that either grader can take, no two of the same text."""
    kinds = {learner: content for learner, content in make_class(STEM).items() if not any(c in learner for c in CHEAP)}
    hand_ins: dict[str, bytes] = {}
    for number, (learner, content) in zip(range(size), itertools.cycle(kinds.items()), strict=False):
        own_words = f'"# Exercise: sensitivity analysis (hand-in {number})'.encode()
        hand_ins[f"{number:03d}-{learner}"] = content.replace(b'"# Exercise: sensitivity analysis', own_words).replace(
            b"def sensitivity_analysis(", f"# learner {number}\\ndef sensitivity_analysis(".encode()
        )
    return hand_ins


def prepare(classroom: Path, hand_ins: dict[str, bytes], *options: str) -> float:
    """A classroom with the exercise released and everybody's notebook handed in; returns the seconds of the release."""
    release = [sys.executable, "-m", "autograder", "release", STEM, "--classroom", str(classroom), *options]
    started = time.monotonic()
    subprocess.run(release, check=True, capture_output=True)
    released_s = time.monotonic() - started
    for learner, content in hand_ins.items():
        write_atomically(classroom / "submitted" / learner / STEM / f"{STEM}.ipynb", content)
    return released_s


def measured(command: list[str], folder: Path) -> Figures:
    """Run a command in a folder, and count its processes and theirs.

    A process of its own does it: the kernel tells of the largest child that a process has had since it began.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run_and_count, command, folder).result()


def _run_and_count(command: list[str], folder: Path) -> Figures:
    """Run a command; what it leaves to others to end is counted, too."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    environment = os.environ | {"PATH": f"{NBGRADER.parent}:{os.environ['PATH']}", "TF_CPP_MIN_LOG_LEVEL": "3"}
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    wall_time_s = time.monotonic() - started
    with suppress(ChildProcessError):  # such as the process that workers are forked from, which ends after its command
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        print(f"note: {Path(command[0]).name} ended with {run.returncode}: {run.stderr[-300:]}", file=sys.stderr)
    cpu_time_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # The kernel does not add confined submissions to their parents' account. Their Reports state their time; none is as
    # large as the process that grades it.
    cpu_time_s += sum(json.loads(line)["cpu_time_s"] for line in run.stdout.splitlines() if line.startswith("{"))
    return Figures(wall_time_s, cpu_time_s, after.ru_maxrss * 1024)


def show_stages(hand_ins: list[bytes]) -> None:
    """Grade a class in this process, all cases known, and print the processor time of each stage a notebook."""
    spent: dict[str, float] = dict.fromkeys(("child: start", "child: cells", "child: hidden calls"), 0.0)

    class MeasuredChild(child.Child):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            spent["child: start"] += self._process.cpu_time_s()

        def _ask(self, header: dict[str, Any], body: bytes = b"") -> Any:
            before = self._process.cpu_time_s()
            try:
                return super()._ask(header, body)
            finally:
                stage = "child: cells" if header["op"] == "cell" else "child: hidden calls"
                spent[stage] += max(0.0, self._process.cpu_time_s() - before)

    sandbox.Child = MeasuredChild  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder, Engine(b"benchmark", cases=Path(folder)) as engine:
        for _ in engine.prepare(STEM):  # which a class pays for once
            pass
        engine.grade(hand_ins[0], STEM)
        spent.update(dict.fromkeys(spent, 0.0))
        ours = time.process_time()
        for content in hand_ins:
            engine.grade(content, STEM)
        spent["trusted process: intake, tests, comparison"] = time.process_time() - ours
    table = Table("stage", "CPU ms a notebook", title=f"{len(hand_ins)} notebooks, one after another")
    for stage, seconds in spent.items():
        table.add_row(stage, f"{1000 * seconds / len(hand_ins):.0f}")
    Console().print(table)


def show(size: int, stock: Figures, ours: list[Figures], workers: int) -> None:
    """Print both sides, ours as the mean of its runs, and the ratio."""
    mean = Figures(
        fmean(run.wall_time_s for run in ours),
        fmean(run.cpu_time_s for run in ours),
        max(run.peak_memory_bytes for run in ours),
    )
    table = Table("", "notebooks a minute", "wall s", "CPU s", "largest process, MiB", title=f"A class of {size}")
    for name, figures in ((f"ours, {workers} workers", mean), ("stock nbgrader autograde", stock)):
        per_minute = 60 * size / figures.wall_time_s
        memory = f"{figures.peak_memory_bytes / 2**20:.0f}"
        table.add_row(name, f"{per_minute:.1f}", f"{figures.wall_time_s:.1f}", f"{figures.cpu_time_s:.1f}", memory)
    console = Console()
    console.print(table)
    console.print(f"Ours is {stock.wall_time_s / mean.wall_time_s:.1f} times as fast.")
    print("Ours is the mean of runs of", ", ".join(f"{run.wall_time_s:.1f}" for run in ours), "s.")


if __name__ == "__main__":
    main()
