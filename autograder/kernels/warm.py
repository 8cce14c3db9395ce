"""Starts the warm parent, and makes Jupyter use it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

CLIENT = Path(__file__).with_name("client.py")
CLOSE_SECONDS = 5


class WarmKernels:
    """A context manager: while it is open, Jupyter kernels of the name `python3` start from a warm parent.

    It returns at once: kernels that are asked for while the parent still imports wait for it. Only programs that are
    started with `environment` see these kernels.

    Example:
        >>> with WarmKernels() as kernels:
        ...     subprocess.run(["jupyter", "kernelspec", "list"], env=os.environ | kernels.environment)
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kernels-")
        self._parent: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which Jupyter finds the warm kernels before all others."""
        others = os.environ.get("JUPYTER_PATH")
        return {"JUPYTER_PATH": os.pathsep.join([self._folder.name, *([others] if others else [])])}

    def __enter__(self) -> WarmKernels:
        address = Path(self._folder.name, "parent")
        self._write_specification(address)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(address))
            listener.listen()
            self._parent = subprocess.Popen(
                [sys.executable, "-m", "autograder.kernels.parent", str(listener.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._parent is not None and self._parent.stdin is not None:
            self._parent.stdin.close()
            try:
                self._parent.wait(CLOSE_SECONDS)
            except subprocess.TimeoutExpired:  # still importing
                self._parent.kill()
                self._parent.wait()
        self._folder.cleanup()

    def _write_specification(self, address: Path) -> None:
        specification = {
            "argv": [sys.executable, "-I", "-S", str(CLIENT), str(address), "-f", "{connection_file}"],
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "interrupt_mode": "message",  # a signal would reach the client, not the kernel
            "metadata": {"debugger": True, "supported_encryption": ["curve"]},
        }
        file = Path(self._folder.name, "kernels", "python3", "kernel.json")
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(specification), encoding="utf-8")
