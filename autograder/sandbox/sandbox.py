"""The sandbox: one warm parent, and a confined child for whoever asks."""

from __future__ import annotations

import platform
import socket
import sys
import threading
from collections import deque
from types import TracebackType
from typing import Self

from autograder.sandbox.child import Child
from autograder.sandbox.errors import ChildLost, ConfinementError
from autograder.sandbox.limits import Limits
from autograder.sandbox.parent import Isolation, ParentLine, Spawned, WarmParent
from autograder.sandbox.watchdog import Watchdog

GIVEN_UP_WITHOUT_ISOLATION = (
    "the notebook can read and change every file that you can, solutions and gradebook included",
    "it can use the network",
    "it can start programs, and hide them so that they outlive it",
    "its processes together may use more memory, CPU time and disk than the limits say",
)
"""What `isolation="none"` does not do; the limits of the one process that runs the notebook still hold."""

_CLOSED = "the sandbox is closed; use it inside its `with` block"


class Sandbox:
    """Starts the warm parent; hands out children. Safe to share between threads.

    Args:
        limits: what each child may use.
        isolation: `bubblewrap`, or `none` for a notebook of one's own on a machine that cannot confine one.
        spares: children that wait, confined, for the next `child()`.
        line: of a warm parent that another process has started with the same limits, and shares (`Sandbox.share`);
            None: this one starts its own. When a shared one is gone, this one starts its own, too.

    Raises:
        ConfinementError: this machine cannot confine a child; on entering.

    Example:
        >>> with Sandbox() as sandbox, sandbox.child() as child:  # doctest: +SKIP
        ...     child.run_cell("1 + 1").outputs[0]["data"]["text/plain"]
        '2'
    """

    def __init__(
        self,
        limits: Limits | None = None,
        isolation: Isolation = "bubblewrap",
        *,
        spares: int = 1,
        line: socket.socket | None = None,
    ) -> None:
        if isolation not in ("bubblewrap", "none"):
            raise ValueError(f"isolation is {isolation!r}; it must be 'bubblewrap' or 'none'")
        self.limits = limits or Limits()
        self.isolation = isolation
        self._spares_wanted = spares
        self._spares: deque[Spawned] = deque()
        self._lock = threading.Lock()
        self._line = line
        self._parent: ParentLine | None = None

    def __enter__(self) -> Self:
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise ConfinementError((f"grading needs Linux on x86-64, and this is {platform.platform()}",))
        self._watchdog = Watchdog()
        try:
            self._parent = self._borrowed() or WarmParent(self.limits, self.isolation)
            self._spares.append(self._spawn())
            self._spares[0].wait_until_confined()  # only doing it shows that this machine allows it
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def child(self, *, seed: int | None = None) -> Child:
        """Return a confined child that waits for code. Close it, or use it in a `with` block.

        Args:
            seed: of its Python and NumPy random numbers; None for ones that nobody can repeat.

        Raises:
            ConfinementError: no child can be started: our side's failure.
        """
        try:
            child = self._begin(self._take(), seed)
        except ConfinementError:  # a spare may have been killed while it waited, when memory ran out on this machine
            child = self._begin(self._spawn(), seed)
        try:
            self._replace_spares()
        except BaseException:
            child.close()
            raise
        return child

    def _begin(self, spawned: Spawned, seed: int | None) -> Child:
        try:
            return Child(spawned.line, spawned.wait_until_confined(), self.limits, self._watchdog, seed=seed)
        except ChildLost as lost:  # before it was given a line of the learner's code
            spawned.close()
            raise ConfinementError((f"a fresh child {lost.message}",)) from None
        except BaseException:
            spawned.close()
            raise

    def _replace_spares(self) -> None:
        with self._lock:
            missing = self._spares_wanted - len(self._spares)
        for _ in range(missing):
            spare = self._spawn()
            with self._lock:
                self._spares.append(spare)

    def share(self) -> socket.socket:
        """The warm parent's line for a sandbox in another process, to be closed by the caller."""
        with self._lock:
            if self._parent is None:
                raise RuntimeError(_CLOSED)
            return self._parent.share()

    def close(self) -> None:
        """End every child, and the warm parent unless others share it."""
        with self._lock:
            for spare in self._spares:
                spare.close()
            self._spares.clear()
            if self._parent:
                self._parent.close()
                self._parent = None
        self._watchdog.stop()

    def _borrowed(self) -> ParentLine | None:
        return ParentLine(self._line.dup(), self.limits, self.isolation) if self._line else None

    def _take(self) -> Spawned:
        with self._lock:
            if self._spares:
                return self._spares.popleft()
        return self._spawn()

    def _spawn(self) -> Spawned:
        with self._lock:
            if self._parent is None:
                raise RuntimeError(_CLOSED)
            try:
                return self._parent.spawn()
            except OSError:  # it was killed: start another, once
                self._parent.close()
                self._parent = WarmParent(self.limits, self.isolation)
                return self._parent.spawn()
