"""The warm parent: imports TensorFlow once, then forks a confined child for each request on its control line.

It must never run a TensorFlow operation: that starts threads, and a fork of a process with threads hangs. So it serves
only while it has exactly one.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import socket
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from . import confine

_MESSAGE_BYTES = 1 << 16


def main() -> None:
    """Run `warm_parent DESCRIPTOR`: the descriptor of the control line."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    try:
        child = _prepare()
    except Exception:
        control.send(json.dumps({"error": traceback.format_exc()[-4000:]}).encode())
        return
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children: their stubs report
    control.send(json.dumps({"ready": True}).encode())
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, 2)
        if not message:
            os._exit(0)  # at once: taking TensorFlow apart would take half a second
        line, status = descriptors
        if os.fork() == 0:
            _stub(json.loads(message), line, status, child)
        os.close(line)
        os.close(status)


def _prepare() -> Any:
    """Import and build all that children share; return what runs in them."""
    from . import child, pages, warm

    child.SHELL = child.build_shell()
    warm.preload(child.SHELL)
    gc.collect()
    gc.freeze()  # so that a child's garbage collection does not copy every page of its parent
    pages.collapse()
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"the warm parent has {threads} threads; something that it imports runs TensorFlow")
    return child


def _stub(request: dict[str, Any], line: int, status: int, child: Any) -> None:
    """Become the child's guard: enter its namespaces, fork it, report how it ends."""
    report = socket.socket(fileno=status)
    try:
        confine.die_with_parent()
        confine.close_all_but(line, status)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        if request["confined"]:
            confine.enter_namespaces()
            _guard(request, line, report, child)
        else:
            with tempfile.TemporaryDirectory() as folder:
                os.chdir(folder)
                _guard(request, line, report, child)
    except confine.ConfineError as error:
        report.send(json.dumps({"step": error.step, "errno": error.number}).encode())
    except OSError as error:
        report.send(json.dumps({"step": str(error), "errno": error.errno}).encode())
    finally:
        os._exit(0)


def _guard(request: dict[str, Any], line: int, report: socket.socket, child: Any) -> None:
    released, release = os.pipe()
    process = os.fork()
    if process == 0:
        report.close()
        os.close(release)
        os.read(released, 1)  # until its guard has told the other side how to kill it
        os.close(released)
        child.run(request, socket.socket(fileno=line))
    os.close(released)
    os.close(line)
    handle = os.pidfd_open(process)
    socket.send_fds(report, [json.dumps({"pid": process}).encode()], [handle])
    os.close(handle)
    os.write(release, b"x")
    os.close(release)
    _, wait_status = os.waitpid(process, 0)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not request["confined"]:
        _end_descendants()
    ended = {"wait_status": wait_status, "cpu_time_s": usage.ru_utime + usage.ru_stime}
    report.send(json.dumps(ended).encode())


def _end_descendants() -> None:
    """Kill what an unconfined child left behind in its own session; a process list of its own does this otherwise."""
    own = os.getpid()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != own:
            try:
                if os.getsid(int(entry.name)) == own:
                    os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                continue  # it ended meanwhile, or is not ours


if __name__ == "__main__":
    main()
