"""The warm parent: imports once, and from then on forks a kernel for every client that asks.

It must have a single thread when it forks, and must never run a TensorFlow operation: a forked process would then hang
in its first one. It imports nothing of the course, which may be edited while it runs.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.kernels.client import STARTED

IMPORTED = ("ipykernel.kernelapp", "ipykernel.ipkernel", "matplotlib.pyplot", "keras")
REAP_SECONDS = 1.0
STANDARD_STREAMS = 3


def serve(listener: socket.socket) -> None:
    """Fork a kernel for every client, until standard input ends."""
    warm_up()
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [], REAP_SECONDS)
        reap()
        if sys.stdin in ready:
            return
        if listener in ready:
            client, _ = listener.accept()
            with client:
                answer(client, listener)


def warm_up() -> None:
    """Import what kernels need, without the notes about this machine that TensorFlow's libraries print.

    Raises:
        RuntimeError: If an import started a thread: forks of this process could hang.
    """
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # its threads would not survive a fork
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as every kernel sets it, but later
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    for name in IMPORTED:
        importlib.import_module(name)
    os.dup2(kept, 2)
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"the imports left {threads} threads; kernels are started the ordinary way")
    gc.collect()
    gc.freeze()  # what was imported stays shared between all kernels


def answer(client: socket.socket, listener: socket.socket) -> None:
    """Read one request and fork; in the child this does not return."""
    try:
        request, streams = receive(client)
    except (OSError, ValueError):
        return
    if os.fork() == 0:
        listener.close()
        try:
            become_kernel(request, streams, client)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    for stream in streams:
        os.close(stream)


def receive(client: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A request and the three standard streams that its kernel is to have."""
    head, streams, _, _ = socket.recv_fds(client, 4, STANDARD_STREAMS)
    size = int.from_bytes(head, "big")
    body = bytearray()
    while len(body) < size and (piece := client.recv(size - len(body))):
        body += piece
    return json.loads(bytes(body)), streams


def become_kernel(request: dict[str, Any], streams: list[int], client: socket.socket) -> None:
    """Be the kernel that was asked for, until it is told to stop or its client is gone."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    environment = request["environment"]
    environment.pop("JPY_PARENT_PID", None)  # Jupyter's way to tell that the server is gone: ours is `follow`
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(request["cwd"])
    random.seed()
    sys.modules["numpy"].random.seed()  # else all kernels would draw the same numbers
    client.sendall(STARTED)
    threading.Thread(target=follow, args=(client,), daemon=True).start()
    # Its log would tell every time that loopback is not encrypted.
    options = ["--IPKernelApp.log_level=ERROR", f"--IPKernelApp.parent_handle={os.getppid()}"]
    arguments = [*request["arguments"], *options]
    sys.argv = ["ipykernel_launcher.py", *arguments]
    sys.modules["ipykernel.kernelapp"].IPKernelApp.launch_instance(argv=arguments)
    os._exit(0)


def follow(client: socket.socket) -> None:
    """End with the client, and all that this kernel started with it."""
    with suppress(OSError):
        client.recv(1)
    os.killpg(0, signal.SIGKILL)


def reap() -> None:
    """Take note of the kernels that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us, who then closes our input
    serve(socket.socket(fileno=int(sys.argv[1])))
