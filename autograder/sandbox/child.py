"""One confined child, seen from outside: runs cells and calls functions in it, and believes nothing it says."""

from __future__ import annotations

import signal
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NoReturn, Self

from autograder.sandbox import outputs
from autograder.sandbox.errors import CallFailed, CallStopped, ChildLost, ConfinementError, ValueRefused
from autograder.sandbox.inside import frames, values
from autograder.sandbox.inside.capture import ERRORS
from autograder.sandbox.limits import Limits, in_words
from autograder.sandbox.networks import SentNetworks
from autograder.sandbox.process import Process
from autograder.sandbox.watchdog import Verdict, Watch, Watchdog

_MESSAGE_CHARACTERS = 2000
_KIB = 1024


@dataclass(frozen=True)
class CellResult:
    """What came of one cell.

    Args:
        ok: whether it ran to its end.
        outputs: valid nbformat outputs, of plain text and PNG images only.
        error: the exception as `Name: text`, or None.
        took_too_long: whether it was interrupted by us.
    """

    ok: bool
    outputs: list[dict[str, Any]]
    error: str | None
    took_too_long: bool = False


class Child:
    """A confined child that waits for code. Get one from `Sandbox.child()`, and use it in one thread at a time.

    Args:
        line: our end of its socket pair.
        process: its process.
        limits: what it may use.
        watchdog: who checks that.
        seed: of its Python and NumPy random numbers; None for ones that nobody can repeat.

    Example:
        >>> with Sandbox() as sandbox, sandbox.child() as child:  # doctest: +SKIP
        ...     child.run_cell("def double(x): return 2 * x").ok
        ...     child.call("double", (np.ones(2),), {})
        True
        array([2., 2.])
    """

    def __init__(
        self, line: socket.socket, process: Process, limits: Limits, watchdog: Watchdog, *, seed: int | None = None
    ) -> None:
        self._line, self._process, self._limits, self._watchdog = line, process, limits, watchdog
        self._line.settimeout(None)  # the watchdog ends what takes too long, and with the child its line
        self._networks = SentNetworks()
        self._budget = outputs.Budget(limits.notebook_output_bytes)
        self._header_bytes = 12 * limits.cell_text_bytes + limits.cell_image_bytes + 512 * _KIB
        self._number = 0
        self._lost: ChildLost | ConfinementError | None = None
        self._watch = Watch(process, limits)
        watchdog.add(self._watch)
        try:
            self._ask({"op": "begin", "seed": seed})
        except BaseException:
            watchdog.remove(self._watch)  # whoever gave the process closes it
            raise

    def run_cell(self, source: str) -> CellResult:
        """Run one cell as Jupyter would.

        Args:
            source: its text; magics work, shell commands do not.

        Returns:
            Its outputs, and the exception that ended it, if one did.

        Raises:
            ChildLost: the child is gone, in this request or an earlier one.
            ConfinementError: so it is, and by no fault of its own; likewise in every request below.
        """
        if len(source.encode(errors="surrogatepass")) > self._limits.source_bytes:
            return CellResult(False, [], f"the cell is longer than {in_words(self._limits.source_bytes)}")
        reply, _, overrun = self._ask({"op": "cell", "source": source})
        shown = outputs.rebuilt(
            reply.get("outputs"),
            budget=self._budget,
            count=self._limits.cell_outputs + ERRORS + 1,  # one more for the note that some were dropped
            text_length=self._limits.cell_text_bytes,
        )
        if overrun:
            return CellResult(False, shown, f"took too long: {overrun.message}", took_too_long=True)
        error = reply.get("error") if reply["status"] == "done" else reply.get("message") or reply["status"]
        return CellResult(error is None, shown, None if error is None else outputs.plain(error, _MESSAGE_CHARACTERS))

    def mark(self, label: str) -> None:
        """Remember what every name of the notebook means now, to `rewind` to it.

        Args:
            label: the mark's own name.

        Raises:
            ChildLost: the child is gone.
        """
        self._ask({"op": "mark", "label": label})

    def rewind(self, label: str) -> None:
        """Give every name of the notebook the meaning that it had at `mark(label)`.

        Objects that have changed since stay changed; only what names stand for goes back.

        Args:
            label: of the mark.

        Raises:
            ChildLost: the child is gone.
        """
        self._ask({"op": "rewind", "label": label})

    def call(self, name: str, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        """Call a function that the cells defined.

        Args:
            name: of the function.
            args: values that may cross; see `inside/values.py`.
            kwargs: the same by name.

        Returns:
            What it returned: None, bool, number, array, network, or a tuple or list of these. Nothing else is sure:
            shape, dtype and content are the learner's.

        Raises:
            CallFailed: it raised an exception, is not defined, or was interrupted because it took too long.
            ValueRefused: it returned something that may not cross.
            ChildLost: the child is gone.
        """
        return self._call("call", name, args, kwargs or {})

    def vjp(self, name: str, args: tuple[Any, ...], upstream: Any, kwargs: dict[str, Any] | None = None) -> Any:
        """Pull `upstream` back through a function to its first argument, with the gradient that the learner gave it.

        Args:
            name: of the function.
            args: its arguments; the first is an array, and reaches the function as a tensor.
            upstream: an array shaped like the function's result.
            kwargs: more arguments by name.

        Returns:
            An array shaped like the first argument, or None where the result does not depend on it.

        Raises:
            CallFailed, ValueRefused, ChildLost: as `call`.
        """
        return self._call("vjp", name, (*args, upstream), kwargs or {})

    @property
    def cpu_time_s(self) -> float:
        """CPU seconds that the child has used since it was handed out."""
        return self._watch.cpu_time_s

    @property
    def pid(self) -> int:
        """Number of the child's process on this machine."""
        return self._process.pid

    def close(self) -> None:
        """End the child. Nothing that it started lives on."""
        self._lost = self._lost or ChildLost("exited", "was closed")
        self._watchdog.remove(self._watch)
        self._process.cpu_time_s()  # the last chance to see it
        self._process.close()
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, operation: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            tree, body = values.encode((args, tuple(kwargs.values())), self._limits.values, self._networks)
        except ValueRefused as refusal:
            raise TypeError(f"the call of {name} has an argument that may not cross: {refusal}") from None
        header = {"op": operation, "name": name, "keywords": list(kwargs), "values": tree}
        reply, arrays, overrun = self._ask(header, body)
        if overrun:
            raise CallStopped(overrun.message)
        match reply["status"]:
            case "done":
                return self._decoded(reply.get("values"), arrays)
            case "refused":
                raise ValueRefused(outputs.plain(reply.get("message"), _MESSAGE_CHARACTERS))
            case "raised":
                raise CallFailed(
                    outputs.exception_name(reply.get("type")),
                    outputs.plain(reply.get("message"), _MESSAGE_CHARACTERS),
                    outputs.plain(reply.get("where"), _MESSAGE_CHARACTERS),
                )
            case _:  # it interrupted itself
                raise CallFailed("KeyboardInterrupt", "")

    def _decoded(self, tree: Any, body: bytes) -> Any:
        try:
            return values.decode(tree, body, self._limits.values, self._networks)
        except values.MalformedError as error:
            self._give_up("protocol", f"sent {error} instead of a result")
        except Exception as error:  # whatever else such bytes can break here is the sender's doing, not a fault of ours
            self._give_up("protocol", f"sent what made a {type(error).__name__} here instead of a result")

    def _ask(self, header: dict[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes, Verdict | None]:
        """Send a request; return the reply, and why it was interrupted, if it was."""
        if self._lost:
            raise self._lost
        self._number += 1
        self._watch.begin_request()
        try:
            frames.send(self._line, {"number": self._number, **header}, body)
            reply, arrays = frames.receive(
                self._line, header_bytes=self._header_bytes, body_bytes=self._limits.values.body_bytes
            )
        except frames.FrameError as error:
            self._give_up("protocol", f"sent {error} instead of a reply")
        except (EOFError, OSError):
            self._gone()
        finally:
            overrun = self._watch.end_request()
        # a reply of another number was written before it was asked for: by the submission, not by our loop
        status = reply.get("status")
        if reply.get("number") != self._number or not isinstance(status, str) or status not in _STATUSES:
            self._give_up("protocol", "sent something that answers no request")
        return reply, arrays, overrun

    def _gone(self) -> NoReturn:
        """The line broke: say why."""
        self._process.kill()
        code = self._process.ending()
        if self._watch.verdict:
            self._give_up(self._watch.verdict.reason, self._watch.verdict.message)
        if code is None:  # its guard was killed, which nothing in a child can do
            self._lost = ConfinementError(("the warm parent died, and with it the child; did memory run out?",))
            raise self._lost
        if code < 0 and -code != signal.SIGKILL:
            self._give_up("crashed", f"crashed the Python process ({_signal_name(-code)})")
        if code == -signal.SIGKILL and self.cpu_time_s >= self._limits.cpu_time_s:
            self._give_up("cpu-time", f"used more than {self._limits.cpu_time_s:g} s of CPU time in all")
        self._give_up("exited", "ended the Python process before it was done")

    def _give_up(self, reason: str, message: str) -> NoReturn:
        self._process.kill()
        self._lost = ChildLost(reason, message)
        raise self._lost


_STATUSES = frozenset({"done", "refused", "raised", "interrupted"})


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
