"""A handle on a child's process, from outside its namespaces."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
from pathlib import Path
from typing import Any

_REPORT_BYTES = 1 << 14
_LAST_WORDS_S = 30.0  # far more than the end of a process takes on a busy machine


class Process:
    """One child's process, as its guard in the warm parent reports it.

    Args:
        handle: the process' descriptor; unlike a number it never means another process.
        report: the line to the guard, which tells how the process ended.

    Attributes:
        pid: its number on this machine.
    """

    def __init__(self, handle: int, report: socket.socket) -> None:
        self._handle = handle
        self._report = report
        self.pid = self._own_pid()
        self._cpu_time_s = 0.0

    def _own_pid(self) -> int:
        for line in Path(f"/proc/self/fdinfo/{self._handle}").read_text(encoding="ascii").splitlines():
            if line.startswith("Pid:"):
                return int(line.split()[1])
        raise OSError("the kernel does not tell a process by its descriptor; Linux 5.4 or later is needed")

    def is_alive(self) -> bool:
        """Return whether the process still runs."""
        return not select.select([self._handle], [], [], 0)[0]

    def cpu_time_s(self) -> float:
        """Return the CPU seconds of all its threads so far; after its end, the last that was seen."""
        with contextlib.suppress(OSError, IndexError):
            fields = Path(f"/proc/{self.pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            self._cpu_time_s = max(self._cpu_time_s, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
        return self._cpu_time_s

    def memory_bytes(self) -> int:
        """Return the memory of its own that it holds: anonymous and shared pages, not those of mapped files."""
        kib = 0
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text(errors="replace").splitlines():
                if line.startswith(("RssAnon:", "RssShmem:")):
                    kib += int(line.split()[1])
        return kib * 1024

    def interrupt(self) -> None:
        """Send what Ctrl-C sends."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """Kill it and, since it is the first of its process list, all that it started; wait until it is gone."""
        self._signal(signal.SIGKILL)
        select.select([self._handle], [], [], _LAST_WORDS_S)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def ending(self) -> int | None:
        """Return how it ended, in the form of `os.waitstatus_to_exitcode`; None where its guard cannot tell."""
        self._report.settimeout(_LAST_WORDS_S)
        try:
            told: dict[str, Any] = json.loads(self._report.recv(_REPORT_BYTES))
            self._cpu_time_s = max(self._cpu_time_s, told["cpu_time_s"])
            return os.waitstatus_to_exitcode(told["wait_status"])
        except (OSError, ValueError, KeyError):
            return None

    def close(self) -> None:
        """Kill it if it still runs, and give back its descriptors."""
        if self._handle >= 0:
            self.kill()
            os.close(self._handle)
            self._report.close()
            self._handle = -1
