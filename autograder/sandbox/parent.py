"""The warm parent, and its children on their way to being confined, seen from outside."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any, Literal

from autograder.sandbox import bubblewrap, environment
from autograder.sandbox.errors import ConfinementError
from autograder.sandbox.explain import explain
from autograder.sandbox.inside import frames
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import Process

Isolation = Literal["bubblewrap", "none"]

_MESSAGE_BYTES = 1 << 16
_STACK_BYTES = 8 << 20
_BACKSTOP_CPU_TIME_S = 10  # beyond the limit that the watchdog enforces from outside
_LAST_WORDS_S = 5


class ParentLine:
    """The control line of a warm parent, which this process or another one has started.

    Processes may share it: a request is one message with the descriptors that the answers come through.

    Args:
        control: this side's end.
        limits: what each child may use.
        isolation: as in `Sandbox`.
    """

    def __init__(self, control: socket.socket, limits: Limits, isolation: Isolation) -> None:
        self._control, self._limits, self._isolation = control, limits, isolation

    def spawn(self) -> Spawned:
        """Ask for a child; it gets ready while we do something else.

        Raises:
            OSError: the warm parent is gone.
        """
        line, their_line = socket.socketpair()
        report, their_report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with their_line, their_report:
            request = json.dumps(_request(self._limits, self._isolation)).encode()
            try:
                socket.send_fds(self._control, [request], [their_line.fileno(), their_report.fileno()])
            except OSError:
                line.close()
                report.close()
                raise
        return Spawned(line, report, self._limits)

    def share(self) -> socket.socket:
        """The line for another process, to be closed by the caller. The parent lives until all have closed theirs."""
        return self._control.dup()

    def close(self) -> None:
        """Leave the line."""
        self._control.close()


class WarmParent(ParentLine):
    """The process that has imported TensorFlow and forks.

    It lives as long as its control line: when this side closes it, or dies, the parent and all its children end. (So
    bubblewrap's `--die-with-parent` is not used, which would end them with the thread that started them.)

    Args:
        limits: what each child may use.
        isolation: as in `Sandbox`.

    Raises:
        ConfinementError: it cannot be started; the reasons say why.
    """

    def __init__(self, limits: Limits, isolation: Isolation) -> None:
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        super().__init__(control, limits, isolation)
        self._folder = tempfile.TemporaryDirectory() if isolation == "none" else None
        self._messages: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        with theirs:
            self._process = self._start(theirs.fileno())
        self._control.settimeout(limits.start_s)
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    def _start(self, control: int) -> subprocess.Popen[bytes]:
        if self._folder:
            arguments = bubblewrap.unconfined_command(control)
            variables = bubblewrap.unconfined_variables(Path(self._folder.name))
        else:
            arguments = bubblewrap.command(control, disk_bytes=self._limits.disk_bytes)
            variables = {}
        return subprocess.Popen(
            arguments,
            env=variables,
            cwd=self._folder.name if self._folder else "/",
            pass_fds=[control],
            stdin=subprocess.DEVNULL,
            stdout=self._messages,
            stderr=self._messages,
        )

    def _wait_until_ready(self) -> None:
        try:
            told = self._control.recv(_MESSAGE_BYTES)
        except TimeoutError:
            reason = f"the warm parent did not import TensorFlow within {self._limits.start_s:g} s"
            raise ConfinementError((reason,)) from None
        if not told:
            self._process.wait()
            self._messages.seek(0)
            raise ConfinementError(explain(self._messages.read()[-4000:].decode(errors="replace")))
        error = json.loads(told).get("error")
        if error:
            raise ConfinementError(explain(error))

    def close(self) -> None:
        """End it, and with it all its children."""
        super().close()
        try:
            self._process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._messages.close()
        if self._folder:
            self._folder.cleanup()


class Spawned:
    """A child on its way to being confined."""

    def __init__(self, line: socket.socket, report: socket.socket, limits: Limits) -> None:
        self.line, self._report = line, report
        self._process: Process | None = None
        for end in (line, report):
            end.settimeout(limits.spawn_s)

    def wait_until_confined(self) -> Process:
        """Wait for the child's word, given before it ran any code but ours; return its process.

        Raises:
            ConfinementError: a step failed.
        """
        if self._process is None:
            process = self._receive_process()
            try:
                self._receive_word()
            except BaseException:
                process.close()
                raise
            self._process = process
        return self._process

    def _receive_process(self) -> Process:
        try:
            told, handles, _, _ = socket.recv_fds(self._report, _MESSAGE_BYTES, 1)
        except TimeoutError:
            raise ConfinementError(("the warm parent forked no child in time",)) from None
        if not handles:
            step = json.loads(told or b"{}")
            raise ConfinementError(explain(f"{step.get('step', 'fork')}: {os.strerror(step.get('errno') or 0)}"))
        return Process(handles[0], self._report)

    def _receive_word(self) -> None:
        try:
            told, _ = frames.receive(self.line, header_bytes=_MESSAGE_BYTES, body_bytes=0)
        except (EOFError, OSError, frames.FrameError) as error:
            raise ConfinementError((f"a fresh child died before it was confined ({error})",)) from None
        if not told.get("confined"):
            step, number = told.get("step", "?"), told.get("errno") or 0
            raise ConfinementError(explain(f"{step}: {os.strerror(number)}" if number else step))

    def close(self) -> None:
        """End the child."""
        if self._process:
            self._process.close()
        self.line.close()
        self._report.close()


def _request(limits: Limits, isolation: Isolation) -> dict[str, Any]:
    """Return all that a child has to know."""
    return {
        "confined": isolation == "bubblewrap",
        "disk_bytes": limits.disk_bytes,
        "inodes": limits.inodes,
        "resources": {
            "AS": limits.address_space_bytes,
            "CORE": 0,
            "CPU": math.ceil(limits.cpu_time_s) + _BACKSTOP_CPU_TIME_S,
            "DATA": limits.data_bytes,
            "FSIZE": limits.file_bytes,
            "MEMLOCK": 0,
            "MSGQUEUE": 0,
            "NOFILE": limits.open_files,
            "NPROC": limits.threads,
            "STACK": _STACK_BYTES,
        },
        "environment": environment.CHILD,
        "homes": environment.HOMES,
        "outputs": {"text": limits.cell_text_bytes, "images": limits.cell_image_bytes, "count": limits.cell_outputs},
        "values": dataclasses.asdict(limits.values),
        "frame_bytes": [6 * limits.source_bytes + 65536, limits.values.body_bytes],
    }
