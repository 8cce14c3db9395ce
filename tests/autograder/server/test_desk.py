import asyncio
import sys

import pytest

from autograder.server.desk import BusyError, DeskError, GradingDesk

WORKER = """
import json, os, sys, time
prepared = []
for line in sys.stdin:
    question = json.loads(line)
    if "prepare" in question:
        prepared.append(question["prepare"])
        continue
    stem = question["stem"]
    if stem == "dies":
        print("the reason", file=sys.stderr, flush=True)
        os._exit(3)
    if stem == "waits":
        time.sleep(0.5)
    answer = {"error": "cannot confine"} if stem == "refused" else {
        "report": {"stem": stem, "process": os.getpid(), "prepared": prepared}
    }
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def worker(tmp_path):
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    return (sys.executable, str(script))


def at_desk(worker, tmp_path, scene):
    """Play a scene at a desk whose grader is a few lines of Python."""

    async def play():
        desk = GradingDesk("bubblewrap", tmp_path, worker)
        try:
            return await scene(desk)
        finally:
            await desk.close()

    return asyncio.run(play())


def test_one_grader_answers_one_hand_in_after_another(worker, tmp_path):
    async def scene(desk):
        return [await desk.grade(stem, tmp_path) for stem in ("lrp", "cam")]

    first, second = at_desk(worker, tmp_path, scene)
    assert (first["stem"], second["stem"]) == ("lrp", "cam")
    assert first["process"] == second["process"]


def test_preparing_is_asked_for_and_not_waited_for(worker, tmp_path):
    async def scene(desk):
        await desk.prepare("cam")
        await desk.prepare("lrp")
        return await desk.grade("lrp", tmp_path)

    assert at_desk(worker, tmp_path, scene)["prepared"] == ["cam", "lrp"]


def test_a_second_hand_in_at_the_same_time_is_told_to_wait(worker, tmp_path):
    async def scene(desk):
        return await asyncio.gather(desk.grade("waits", tmp_path), desk.grade("lrp", tmp_path), return_exceptions=True)

    first, second = at_desk(worker, tmp_path, scene)
    assert first["stem"] == "waits"
    assert isinstance(second, BusyError)


def test_a_grader_that_dies_is_our_fault_and_is_replaced(worker, tmp_path, caplog):
    async def scene(desk):
        with pytest.raises(DeskError, match="your notebook is safe"):
            await desk.grade("dies", tmp_path)
        return await desk.grade("lrp", tmp_path)

    assert at_desk(worker, tmp_path, scene)["stem"] == "lrp"
    assert "the reason" in caplog.text


def test_a_grader_that_refuses_is_quoted(worker, tmp_path):
    async def scene(desk):
        with pytest.raises(DeskError, match="cannot confine"):
            await desk.grade("refused", tmp_path)

    at_desk(worker, tmp_path, scene)


def test_closing_ends_a_grader_in_the_middle_of_its_work(worker, tmp_path):
    async def scene(desk):
        grading = asyncio.create_task(desk.grade("waits", tmp_path))
        await asyncio.sleep(0.1)
        await desk.close()
        with pytest.raises(DeskError):
            await grading

    at_desk(worker, tmp_path, scene)
