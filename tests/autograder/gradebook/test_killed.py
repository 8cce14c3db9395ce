"""`kill -9` at any moment, then the same again: no grade lost, none changed, nothing graded twice that was finished."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.classroom import Classroom
from autograder.gradebook import scores, shell

LEARNERS = 12
KILLS = 6
WORKERS = 2

RUN = """
import sys
sys.path[:0] = [sys.argv[1]]
if __name__ == "__main__":
    from pathlib import Path
    from simple_engine import start_simple_engine
    from autograder.classroom import Classroom
    from autograder.gradebook import batch
    from conftest import Watcher
    batch.grading_version = lambda stem, limits: "1"
    classroom = Classroom(Path(sys.argv[2]))
    result = batch.grade_class(classroom, [sys.argv[3]], Watcher(), workers=2, start_engine=start_simple_engine)
    sys.exit(len(result.faults))
"""


def state(classroom, stem):
    """Everything that a run leaves and that matters."""
    with shell.gradebook(shell.start(classroom)) as book:
        in_book = scores.saved(book, stem)
    folders = (classroom.autograded, classroom.root / "feedback")
    files = {p.relative_to(classroom.root): p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file()}
    return in_book, files


@pytest.mark.slow
def test_killed_again_and_again_it_ends_like_an_undisturbed_run(classroom, stem, hand_in, tmp_path):
    log = tmp_path / "log"
    for number in range(LEARNERS):
        hand_in(f"learner{number:02}", f"log {log} {number}")
    script = tmp_path / "run.py"
    script.write_text(RUN)
    undisturbed = Classroom(tmp_path / "undisturbed")
    shutil.copytree(classroom.root, undisturbed.root)

    def start(place):
        arguments = [sys.executable, script, Path(__file__).parent, place.root, stem]
        return subprocess.Popen(arguments, start_new_session=True, stderr=subprocess.DEVNULL)

    began = time.monotonic()
    assert start(undisturbed).wait() == 0
    duration = time.monotonic() - began
    assert len(log.read_text().splitlines()) == LEARNERS
    log.unlink()

    chance = random.Random(7)
    for _ in range(KILLS):
        process = start(classroom)
        try:
            process.wait(duration * chance.uniform(0.3, 1.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert start(classroom).wait() == 0

    assert state(classroom, stem) == state(undisturbed, stem)
    assert len(log.read_text().splitlines()) <= LEARNERS + KILLS * WORKERS
    assert not list(classroom.root.rglob(".writing-*"))
