"""Workers: what they do while the caller is busy with an answer."""

import time
from contextlib import closing

import pytest

from autograder.gradebook.workers import Job, settle_all
from autograder.sandbox import Limits

PATIENCE_S = 60


@pytest.mark.slow
def test_a_worker_has_its_next_hand_in_before_the_caller_has_the_answer(
    classroom, stem, hand_in, simple_engine, tmp_path
):
    log = tmp_path / "log"
    for learner in ("ada", "bob"):
        hand_in(learner, f"log {log} {learner}")  # the same twice would be known the second time
    job = Job(classroom, {stem: "1"}, Limits(), anew=False, start_engine=simple_engine)
    with closing(settle_all(classroom.hand_ins(stem), job, workers=1)) as answers:
        next(answers)
        deadline = time.monotonic() + PATIENCE_S
        while len(log.read_text().splitlines()) < 2:
            assert time.monotonic() < deadline, "nobody grades while the caller has an answer"
            time.sleep(0.05)
        assert len(list(answers)) == 1
