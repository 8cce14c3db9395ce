"""A child that speaks the protocol as it likes: a thread at the other end of the line, and a process to kill."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from autograder.sandbox import Child, ChildLost, Limits
from autograder.sandbox.inside import frames
from autograder.sandbox.process import Process
from autograder.sandbox.watchdog import Watchdog

LIMITS = Limits(request_wall_time_s=60)


@pytest.fixture
def watchdog():
    started = Watchdog()
    yield started
    started.stop()


@pytest.fixture
def hostile(watchdog):
    """Return a function that makes a Child whose other side answers with `answer(line, request)`."""
    made = []

    def make(answer):
        ours, theirs = socket.socketpair()
        report, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # what the guard will have told by the time when it is asked
        told.send(json.dumps({"wait_status": int(signal.SIGKILL), "cpu_time_s": 0.0}).encode())
        sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

        def serve():
            try:
                while True:
                    request, _ = frames.receive(theirs, header_bytes=1 << 20, body_bytes=1 << 20)
                    if request["op"] == "begin":
                        frames.send(theirs, {"number": 1, "status": "done"})
                    else:
                        answer(theirs, request)
            except (EOFError, OSError):
                theirs.close()

        thread = threading.Thread(target=serve)
        thread.start()
        child = Child(ours, Process(os.pidfd_open(sleeper.pid), report), LIMITS, watchdog)
        made.append((child, theirs, told, sleeper, thread))
        return child

    yield make
    for child, theirs, told, sleeper, thread in made:
        child.close()
        told.close()
        thread.join()
        theirs.close()
        sleeper.stdin.close()
        sleeper.wait()


def _sends(**changes):
    def answer(line, request):
        frames.send(line, {"number": request["number"], "status": "done", **changes})

    return answer


def _sends_bytes(data):
    return lambda line, _: line.sendall(data)


@pytest.mark.parametrize(
    "answer",
    [
        _sends(number=99),
        _sends(number=None),
        _sends(status="passed"),
        _sends(status=None),
        _sends(status=[]),
        _sends(status={"done": 1}),
        _sends(values=["array", 0]),
        _sends(values=["pickle", "x"]),
        _sends(values=None),
        _sends(),
        _sends_bytes(b"\xff" * 16),
        _sends_bytes(b"\x02" + b"\0" * 15 + b"[]"),
    ],
)
def test_nonsense_loses_the_child(hostile, answer):
    child = hostile(answer)
    with pytest.raises(ChildLost) as lost:
        child.call("f", (1,))
    assert lost.value.reason == "protocol"
    with pytest.raises(ChildLost):
        child.call("f", (1,))


def test_a_reply_that_was_sent_early_is_nonsense(hostile):
    def twice(line, request):
        for _ in range(2):
            frames.send(line, {"number": request["number"], "status": "done", "outputs": [], "error": None})

    child = hostile(twice)
    assert child.run_cell("1").ok
    with pytest.raises(ChildLost, match="answers no request"):
        child.run_cell("2")


def test_outputs_of_any_shape_become_valid_ones(hostile):
    child = hostile(_sends(outputs={"a": 1}, error={"not": "text"}))
    result = child.run_cell("1")
    assert (result.ok, result.outputs, result.error) == (False, [], "")


def test_a_line_that_closes_loses_the_child(hostile):
    child = hostile(lambda line, _: line.shutdown(socket.SHUT_RDWR))
    with pytest.raises(ChildLost) as lost:
        child.run_cell("1")
    assert lost.value.reason == "exited"
