"""What a submission cannot do, one test for each threat."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from autograder.sandbox import ChildLost, ConfinementError, confinement
from autograder.sandbox.attacks import ATTACKS, EXCESSES
from autograder.sandbox.confinement import Probe, probe, require_confinement

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def probes(sandbox) -> dict[str, Probe]:
    return {result.name: result for result in probe(sandbox)}


@pytest.fixture(scope="module")
def unconfined_probes(unconfined) -> dict[str, Probe]:
    return {result.name: result for result in probe(unconfined)}


@pytest.mark.parametrize("name", [attack.name for attack in ATTACKS])
def test_attack_is_stopped(probes, name):
    assert probes[name].held, probes[name].detail


def _possible_without_sandbox():
    for attack in ATTACKS:
        as_user = attack.name in ("make a namespace", "hold rights", "change the course's package")
        marks = pytest.mark.skipif(as_user and os.geteuid() != 0, reason="only root can do this without a sandbox")
        if attack.name != "raise its limits":  # these hold without a sandbox too
            yield pytest.param(attack.name, marks=marks)


@pytest.mark.parametrize("name", list(_possible_without_sandbox()))
def test_attack_would_work_without_the_sandbox(unconfined_probes, name):
    """Shows that each attack is a real one: it fails above because of the sandbox and for no other reason."""
    assert not unconfined_probes[name].held, unconfined_probes[name].detail


def _cannot_open(child, path: Path) -> bool:
    result = child.run_cell(f"open({str(path)!r}).read(1)")
    return not result.ok and result.error.startswith("FileNotFoundError")


def test_cannot_read_solutions(child):
    assert (ROOT / "solutions" / "sensitivity_analysis.py").is_file()
    assert _cannot_open(child, ROOT / "solutions" / "sensitivity_analysis.py")
    assert child.run_cell("import solutions").error.startswith("ModuleNotFoundError")


def test_cannot_read_graders(child):
    assert _cannot_open(child, ROOT / "autograder" / "graders" / "__init__.py")
    assert child.run_cell("import autograder").error.startswith("ModuleNotFoundError")


def test_cannot_read_the_gradebook(child, tmp_path):
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text("marks")
    assert _cannot_open(child, gradebook)


def test_cannot_see_the_project_or_other_folders(child):
    folders = set(child.run_cell("print(*sorted(__import__('os').listdir('/')))").outputs[0]["text"].split())
    assert folders == {"course", "dev", "lib64", "libraries", "packages", "proc", "python", "runner", "work"}


def test_sees_nothing_of_ours_but_what_runs_inside(child):
    shown = child.run_cell("import os; print(*os.listdir('/runner'), *os.listdir('/course'))").outputs[0]["text"]
    assert shown.split() == ["inside", "understanding_nn"]


def test_cannot_read_another_submission(sandbox):
    with sandbox.child() as first, sandbox.child() as second:
        for folder in ("/work", "/dev/shm"):
            assert first.run_cell(f"open('{folder}/note', 'w').write('42')").ok
            assert first.run_cell(f"open('{folder}/note').read()").ok
            assert _cannot_open(second, Path(folder) / "note")


def test_cannot_find_what_an_earlier_submission_left(sandbox):
    with sandbox.child() as first:
        first.run_cell("import understanding_nn; understanding_nn.left = 42; import os; os.environ['LEFT'] = '42'")
    with sandbox.child() as second:
        assert not second.run_cell("import understanding_nn; understanding_nn.left").ok
        assert not second.run_cell("import os; os.environ['LEFT']").ok


def test_cannot_read_our_environment(sandbox, child, monkeypatch):
    monkeypatch.setenv("GRADER_TOKEN", "42")
    source = "open('/proc/self/environ').read() + str(dict(__import__('os').environ))"
    text = child.run_cell(source).outputs[0]["data"]["text/plain"]
    assert "TOKEN" not in text
    assert str(ROOT) not in text


def test_cannot_use_network(child):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for source in (
            f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=1)",
            "import socket; socket.getaddrinfo('example.org', 80)",
            "import socket; socket.socket(socket.AF_UNIX)",
            "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
            f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}', timeout=1)",
        ):
            assert not child.run_cell(source).ok


def test_cannot_start_processes(child):
    for source in (
        "import os; os.fork()",
        "import os; os.execv('/python/bin/python3', ['python3', '-c', ''])",
        "import subprocess, sys; subprocess.run([sys.executable])",
        "import multiprocessing; multiprocessing.Pool(1)",
        "import ctypes; assert ctypes.CDLL(None).system(b'true') == 0",
    ):
        assert not child.run_cell(source).ok
    assert child.run_cell("1").ok


@pytest.mark.parametrize("what", EXCESSES)
def test_cannot_exceed(child, what):
    source = textwrap.dedent(EXCESSES[what])
    if what in ("memory", "its time by ignoring the interrupt"):
        with pytest.raises(ChildLost):
            child.run_cell(source)
    else:
        assert not child.run_cell(source).ok


def test_cannot_exceed_memory_with_shared_pages_or_files(sandbox):
    for source in (
        "import mmap, time; m = mmap.mmap(-1, 1 << 29); [m.write(bytes(1 << 20)) for _ in range(512)]; time.sleep(60)",
        "import numpy as np, time; x = np.ones(1 << 27); time.sleep(60)",
    ):
        with sandbox.child() as child, pytest.raises(ChildLost) as lost:
            child.run_cell(source)
        assert lost.value.reason == "memory"
        assert "128 MiB of memory" in lost.value.message


def test_a_huge_allocation_is_an_ordinary_error(child):
    result = child.run_cell("import numpy as np; np.zeros(1 << 40)")
    assert "MemoryError" in result.error
    assert child.run_cell("1").ok


def test_cannot_exceed_output(child):
    flood = child.run_cell("for _ in range(20_000): print('x' * 2500)")
    assert flood.ok
    assert sum(len(output["text"]) for output in flood.outputs) < 25_000
    assert "more characters were not kept" in flood.outputs[-1]["text"]
    assert child.run_cell("print('x' * 20_000_000)").ok
    failed = child.run_cell("print('x' * 20_000_000)\nfor _ in range(1000): display(1)\nraise ValueError('seen')")
    assert [output["evalue"] for output in failed.outputs if output["output_type"] == "error"] == ["seen"]
    assert child.run_cell("import os\ntry:\n while True: os.write(1, b'x' * 100000)\nexcept BlockingIOError: pass").ok
    assert len(child.run_cell("for _ in range(1000): display(1)").outputs) <= 102
    assert child.run_cell("print('still here')").outputs[0]["text"] == "still here\n"


def _run_for_ever(child):
    while True:  # until the account of the whole child is used up; no request is long
        child.run_cell("import time; time.sleep(0.01)")


@pytest.mark.slow
def test_cannot_exceed_cpu_time_between_requests(child):
    child.run_cell(
        "import threading\ndef spin():\n    while True: pass\nfor _ in range(3): threading.Thread(target=spin).start()"
    )
    with pytest.raises(ChildLost) as lost:
        _run_for_ever(child)
    assert lost.value.reason == "cpu-time"
    assert "20 s of CPU time in all" in lost.value.message


def _is_gone(process: int) -> bool:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not Path(f"/proc/{process}").exists()


def test_cannot_outlive_its_run(sandbox):
    child = sandbox.child()
    child.run_cell(
        "import signal, threading, time\n"
        "for n in range(1, 65):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "threading.Thread(target=time.sleep, args=(1e6,)).start()"
    )
    process = child.pid
    assert Path(f"/proc/{process}").exists()
    child.close()
    assert _is_gone(process)


@pytest.mark.slow
def test_cannot_outlive_the_grader():
    """Kill the process that holds the sandbox, with no chance to clean up."""
    source = (
        "import json, time\n"
        "from autograder.sandbox import Sandbox\n"
        "with Sandbox() as sandbox, sandbox.child() as child:\n"
        "    print(json.dumps(child.pid), flush=True)\n"
        "    child.run_cell('while True: pass')\n"
    )
    with subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE) as grader:
        process = json.loads(grader.stdout.readline())
        assert Path(f"/proc/{process}").exists()
        grader.send_signal(signal.SIGKILL)
        grader.wait()
    assert _is_gone(process)


def test_require_confinement_accepts_the_sandbox(sandbox):
    require_confinement(sandbox)


def test_require_confinement_refuses_what_does_not_confine(unconfined):
    with pytest.raises(ConfinementError, match="a submission can read the solutions"):
        require_confinement(unconfined)


@pytest.mark.slow
def test_self_test_holds():
    results = confinement.self_test()
    assert {result.name for result in results} >= {"outlive its run", "exceed memory", "use the network"}
    assert [result for result in results if not result.held] == []
