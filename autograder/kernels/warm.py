"""Starts the warm parent, and makes Jupyter use it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

CLIENT = Path(__file__).with_name("client.py")
CLOSE_SECONDS = 2


class WarmKernels:
    """A context manager: while it is open, Jupyter kernels of the name `python3` start from a warm parent.

    It returns at once: kernels that are asked for while the parent still imports wait for it. Only programs that are
    started with `environment` see these kernels.

    Example:
        >>> with WarmKernels() as kernels:
        ...     subprocess.run(["jupyter", "kernelspec", "list"], env=os.environ | kernels.environment)
    """

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}  # with it, Jupyter finds the warm kernels before all others
        self._stack = ExitStack()

    def __enter__(self) -> WarmKernels:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kernels-")))
            address = folder / "parent"
            write_specification(folder, address)
            stack.callback(end, start(address))
            self._stack = stack.pop_all()
        others = os.environ.get("JUPYTER_PATH")
        self.environment = {"JUPYTER_PATH": os.pathsep.join([str(folder), *([others] if others else [])])}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def start(address: Path) -> subprocess.Popen[bytes]:
    """Start the warm parent; it can be connected to from now on, and answers once it has imported everything."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen()
        return subprocess.Popen(
            [sys.executable, "-m", "autograder.kernels.parent", str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        )


def end(parent: subprocess.Popen[bytes]) -> None:
    """End the warm parent, and with it all kernels that it forked."""
    if parent.stdin is not None:
        parent.stdin.close()
    try:
        parent.wait(CLOSE_SECONDS)
    except subprocess.TimeoutExpired:  # still importing
        parent.kill()
        parent.wait()


def write_specification(folder: Path, address: Path) -> None:
    """Describe our kernel to Jupyter, under the name that every notebook asks for."""
    specification = {
        "argv": [sys.executable, "-I", "-S", str(CLIENT), str(address), "-f", "{connection_file}"],
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "interrupt_mode": "message",  # a signal would reach the client, not the kernel
        "metadata": {"debugger": True, "supported_encryption": ["curve"]},
    }
    file = folder / "kernels" / "python3" / "kernel.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(specification), encoding="utf-8")
