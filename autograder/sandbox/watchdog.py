"""Watches the memory and the time of running children, from outside, 20 times a second."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from autograder.sandbox.limits import Limits, in_words
from autograder.sandbox.process import Process

_PERIOD_S = 0.05


@dataclass(frozen=True)
class Verdict:
    """Why a child was stopped: a reason of `ChildLost`, and the same in words."""

    reason: str
    message: str


class Watch:
    """The accounts of one child.

    Args:
        process: the child.
        limits: what it may use.

    Attributes:
        verdict: why it was killed, or None.
    """

    def __init__(self, process: Process, limits: Limits) -> None:
        self._process, self._limits = process, limits
        self._lock = threading.Lock()
        self._memory_at_start = process.memory_bytes()
        self._cpu_at_start_s = process.cpu_time_s()
        self._request: _Request | None = None
        self.verdict: Verdict | None = None

    @property
    def cpu_time_s(self) -> float:
        """CPU seconds since the watch began."""
        return self._process.cpu_time_s() - self._cpu_at_start_s

    def begin_request(self) -> None:
        """Start the clocks of one cell or call."""
        with self._lock:
            self._request = _Request(self.cpu_time_s, time.monotonic())

    def end_request(self) -> Verdict | None:
        """Stop the clocks; return why the request was interrupted, if it was."""
        with self._lock:
            overrun = self._request.overrun if self._request else None
            self._request = None
            return overrun

    def check(self) -> bool:
        """Interrupt or kill the child where it is over a limit; return whether it still has to be watched."""
        with self._lock:
            if self.verdict or not self._process.is_alive():
                return False
            self.verdict = self._breach()
            if self.verdict:
                self._process.kill()
            return self.verdict is None

    def _breach(self) -> Verdict | None:
        limits, cpu_time_s = self._limits, self.cpu_time_s
        if self._process.memory_bytes() - self._memory_at_start > limits.memory_bytes:
            return Verdict("memory", f"used more than {in_words(limits.memory_bytes)} of memory")
        if cpu_time_s > limits.cpu_time_s:
            return Verdict("cpu-time", f"used more than {limits.cpu_time_s:g} s of CPU time in all")
        if self._request is None:
            return None
        if self._request.overrun is None:
            self._request.overrun = self._overrun(self._request, cpu_time_s)
            if self._request.overrun:
                self._request.interrupted_s = time.monotonic()
                self._process.interrupt()
        elif time.monotonic() - self._request.interrupted_s > limits.grace_s:
            return self._request.overrun
        return None

    def _overrun(self, request: _Request, cpu_time_s: float) -> Verdict | None:
        if cpu_time_s - request.cpu_time_s > self._limits.request_cpu_time_s:
            return Verdict("cpu-time", f"ran longer than {self._limits.request_cpu_time_s:g} s of CPU time")
        if time.monotonic() - request.started_s > self._limits.request_wall_time_s:
            return Verdict("wall-time", f"took longer than {self._limits.request_wall_time_s:g} s")
        return None


@dataclass
class _Request:
    cpu_time_s: float
    started_s: float
    overrun: Verdict | None = None
    interrupted_s: float = 0.0


class Watchdog:
    """A thread that checks every watch until it is told to stop."""

    def __init__(self) -> None:
        self._watches: list[Watch] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-watchdog", daemon=True)
        self._thread.start()

    def add(self, watch: Watch) -> None:
        """Check `watch` from now on until its child is gone."""
        with self._lock:
            self._watches.append(watch)

    def remove(self, watch: Watch) -> None:
        """Check `watch` no more; its process may be closed after this."""
        with self._lock:
            if watch in self._watches:
                self._watches.remove(watch)

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_PERIOD_S):
            with self._lock:  # held while checking, so that no process is closed meanwhile
                self._watches = [watch for watch in self._watches if watch.check()]
