"""`kill -9` at any moment, then the same again: no grade lost, none changed, nothing graded twice that was finished."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.classroom import Classroom
from autograder.gradebook import scores, shell

LEARNERS = 10
CLASSES = 3
KILLS = 7
"""Of each class, at most: after them it may end undisturbed."""
WORKERS = 2

# One process imports everything, and forks one for each order that it reads, "CLASSROOM SECONDS": it grades the class
# and is killed after that time. So the kills fall into the work and not into the imports. Answers how long it took.
STARTER = """
import os, signal, sys, time
sys.path[:0] = [sys.argv[1]]
if __name__ == "__main__":
    from pathlib import Path
    from simple_engine import start_simple_engine
    from autograder.classroom import Classroom
    from autograder.gradebook import batch, writer
    from conftest import Watcher
    batch.grading_version = lambda stem, limits: "1"
    for line in sys.stdin:
        place, seconds = line.split()
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            os.setsid()
            devnull = os.open(os.devnull, os.O_RDWR)
            os.dup2(devnull, 0), os.dup2(devnull, 1), os.dup2(devnull, 2)
            result = batch.grade_class(
                Classroom(Path(place)), [sys.argv[2]], Watcher(), workers=int(sys.argv[3]),
                start_engine=start_simple_engine,
            )
            os._exit(len(result.faults))
        deadline, status = began + float(seconds), None
        while status is None:
            done, code = os.waitpid(child, os.WNOHANG)
            if done:
                status = os.waitstatus_to_exitcode(code)
            elif time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            time.sleep(0.002)
        print(status, time.monotonic() - began, flush=True)
"""


@pytest.fixture
def grade(tmp_path, stem):
    """Grades a classroom in a process that is killed after so many seconds; gives its exit code and its time."""
    script = tmp_path / "starter.py"
    script.write_text(STARTER)
    command = [sys.executable, script, Path(__file__).parent, stem, str(WORKERS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:

        def run(classroom, seconds=600.0):
            print(classroom.root, seconds, file=starter.stdin, flush=True)
            status, duration = starter.stdout.readline().split()
            return int(status), float(duration)

        yield run
        starter.stdin.close()


def state(classroom, stem):
    """Everything that a run leaves and that matters."""
    with shell.gradebook(shell.start(classroom)) as book:
        in_book = scores.saved(book, stem)
    folders = (classroom.autograded, classroom.root / "feedback")
    files = {p.relative_to(classroom.root): p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file()}
    return in_book, files


@pytest.mark.slow
def test_killed_again_and_again_it_ends_like_an_undisturbed_run(classroom, stem, hand_in, grade, tmp_path):
    log = tmp_path / "log"
    for number in range(LEARNERS):
        hand_in(f"learner{number:02}", f"log {log} {number}")
    classes = [Classroom(tmp_path / f"class{number}") for number in range(CLASSES)]
    for each in classes:
        shutil.copytree(classroom.root, each.root)
    undisturbed = Classroom(tmp_path / "undisturbed")
    shutil.copytree(classes[0].root, undisturbed.root)
    status, duration = grade(undisturbed)
    assert status == 0
    assert len(log.read_text().splitlines()) == LEARNERS
    expected = state(undisturbed, stem)

    chance, killed = random.Random(7), 0
    for each in classes:
        log.unlink(missing_ok=True)
        for _ in range(KILLS):
            status, _ = grade(each, duration * chance.uniform(0.05, 1.0))
            killed += status < 0
            if status >= 0:
                break
        status, _ = grade(each)
        assert status == 0
        assert state(each, stem) == expected
        assert len(log.read_text().splitlines()) <= LEARNERS + KILLS * WORKERS
        assert not list(each.root.rglob(".writing-*"))
    assert killed >= CLASSES * KILLS // 3, f"only {killed} runs were killed"
