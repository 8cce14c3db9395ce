"""Tries to break out, and reports what held. Runs before the first submission, and at length for `selftest`."""

from __future__ import annotations

import contextlib
import socket
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.attacks import ATTACKS, EXCESSES, PRELUDE, Attack
from autograder.sandbox.child import Child
from autograder.sandbox.errors import CallFailed, ChildLost, ConfinementError
from autograder.sandbox.limits import MIB, Limits
from autograder.sandbox.sandbox import Sandbox

_PROJECT = Path(__file__).resolve().parents[2]
_HELD = frozenset({"OSError", "PermissionError", "FileNotFoundError", "ProcessLookupError", "BlockingIOError"})

TIGHT = Limits(
    cpu_time_s=20,
    request_cpu_time_s=1,
    request_wall_time_s=8,
    grace_s=2,
    memory_bytes=128 * MIB,
    disk_bytes=8 * MIB,
    file_bytes=4 * MIB,
    inodes=256,
    cell_text_bytes=20_000,
)
"""Limits so low that a self-test reaches each in a moment."""


@dataclass(frozen=True)
class Probe:
    """One attempt to break out.

    Args:
        name: what was tried, as in "cannot `name`".
        meaning: what a learner could do if it worked.
        held: whether the sandbox stopped it.
        detail: what the attempt met.
    """

    name: str
    meaning: str
    held: bool
    detail: str


def probe(sandbox: Sandbox) -> list[Probe]:
    """Try every attack of `attacks` in one child; takes well under a second.

    Args:
        sandbox: a started one.

    Raises:
        ConfinementError: no child can be started.
    """
    with sandbox.child() as child, _listener() as port:
        _require(child, PRELUDE)
        return [_try(child, attack, port) for attack in ATTACKS]


def require_confinement(sandbox: Sandbox) -> None:
    """Return if every attack is stopped.

    Raises:
        ConfinementError: one is not; the message names it.
    """
    broken = [result for result in probe(sandbox) if not result.held]
    if broken:
        raise ConfinementError(tuple(f"a submission can {result.name} ({result.detail})" for result in broken))


def self_test() -> list[Probe]:
    """Try every attack, and go over every limit, in a sandbox of its own; takes about 20 seconds.

    Raises:
        ConfinementError: no sandbox can be started.
    """
    with Sandbox(TIGHT) as sandbox:
        return [*probe(sandbox), *_reach_each_other(sandbox), *_exceed_limits(sandbox), _outlive(sandbox)]


@contextlib.contextmanager
def _listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _require(child: Child, source: str) -> None:
    result = child.run_cell(source)
    if not result.ok:
        raise ConfinementError((f"the self-test itself cannot run: {result.error}",))


def _try(child: Child, attack: Attack, port: int) -> Probe:
    _require(child, attack.source)
    try:
        got = child.call(attack.function, (str(_PROJECT), port))
    except CallFailed as failure:
        return _probe(attack, failure.type_name in _HELD, str(failure))
    except ChildLost as lost:
        return _probe(attack, False, f"the child {lost.message}")
    return _probe(attack, False, "it succeeded" if got else "it met no resistance")


def _probe(attack: Attack, held: bool, detail: str) -> Probe:
    return Probe(attack.name, attack.meaning, held, detail)


def _reach_each_other(sandbox: Sandbox) -> list[Probe]:
    """Leave a file in one child and look for it in the next, while both live."""
    found = []
    with sandbox.child() as first, sandbox.child() as second:
        for folder in ("/work", "/dev/shm"):  # noqa: S108 - mount points inside
            _require(first, f"open('{folder}/note', 'w').write('42')")
            held = not second.run_cell(f"open('{folder}/note').read()").ok
            detail = "the file is not there" if held else "the file is there"
            found.append(Probe(f"reach a sibling through {folder}", "exchange answers", held, detail))
    return found


def _exceed_limits(sandbox: Sandbox) -> list[Probe]:
    results = []
    for what, source in EXCESSES.items():
        with sandbox.child() as child:
            try:
                result = child.run_cell(textwrap.dedent(source))
                held, detail = not result.ok, result.error or "it met no resistance"
            except ChildLost as lost:
                held, detail = lost.reason in ("memory", "cpu-time", "wall-time"), lost.message
        results.append(Probe(f"exceed {what}", "exhaust this machine", held, detail))
    with sandbox.child() as child:
        shown = sum(len(str(output)) for output in child.run_cell("print('x' * 10_000_000)").outputs)
    detail = f"{shown:,} of 10,000,000 characters were kept"
    held = shown < 2 * sandbox.limits.cell_text_bytes
    results.append(Probe("exceed the output's size", "fill the gradebook", held, detail))
    return results


def _outlive(sandbox: Sandbox) -> Probe:
    """Start threads that never end, close the child, and look for its process."""
    child = sandbox.child()
    _require(child, "import threading, time\nthreading.Thread(target=time.sleep, args=(1e6,)).start()")
    process = child.pid
    child.close()
    deadline = time.monotonic() + 5
    while (alive := Path(f"/proc/{process}").exists()) and time.monotonic() < deadline:
        time.sleep(0.01)
    detail = "its process still runs" if alive else "its process is gone"
    return Probe("outlive its run", "disturb later notebooks", not alive, detail)
