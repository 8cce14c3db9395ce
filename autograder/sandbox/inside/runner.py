"""The child's loop: it runs cells and calls functions on request, and answers with what came of them.

The submission shares this process and may do anything to this loop. The other side knows that.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from typing import Any, NoReturn

import tensorflow as tf

from . import frames, values
from .networks import Networks
from .shell import GradingShell, line_of, text_of
from .warm import reseed

_MESSAGE_CHARACTERS = 2000


class NotDefined(NameError):  # noqa: N818 - its name is what a report says
    """The notebook defines no function of the name that is called."""


class Runner:
    """Serves one line until the other side closes it.

    Args:
        line: the child's end of the socket pair.
        shell: where cells run and functions are looked up.
        limits: caps on the values that cross.
        frame_bytes: the longest header and the longest body that the other side sends.
    """

    def __init__(
        self, line: socket.socket, shell: GradingShell, limits: values.ValueLimits, frame_bytes: tuple[int, int]
    ) -> None:
        self._line, self._shell, self._limits, self._frame_bytes = line, shell, limits, frame_bytes
        self._networks = Networks()
        self._interruptible = False
        self._marks: dict[str, dict[str, Any]] = {}
        signal.signal(signal.SIGINT, self._interrupt)

    def serve(self) -> NoReturn:
        """Answer requests for ever; the process ends when the line does."""
        operations = {
            "begin": self._begin,
            "cell": self._cell,
            "mark": self._mark,
            "rewind": self._rewind,
            "call": self._call,
            "vjp": self._vjp,
        }
        while True:
            try:
                header, body = frames.receive(
                    self._line, header_bytes=self._frame_bytes[0], body_bytes=self._frame_bytes[1]
                )
                answer, arrays = self._answer(operations[header["op"]], header, body)
                frames.send(self._line, {"number": header["number"], **answer}, arrays)
            except (EOFError, OSError):
                os._exit(0)

    def _interrupt(self, *_: Any) -> None:
        if self._interruptible:  # else the request has just ended by itself, and an exception would break our frame
            self._interruptible = False
            raise KeyboardInterrupt

    def _answer(
        self, operation: Callable[..., tuple[dict[str, Any], bytes]], header: dict[str, Any], body: bytes
    ) -> tuple[dict[str, Any], bytes]:
        try:
            try:
                self._interruptible = True
                return operation(header, body)
            finally:
                self._interruptible = False
        except KeyboardInterrupt:
            return {"status": "interrupted", "outputs": self._shell.outputs.taken()}, b""
        except values.ValueRefused as refusal:
            return {"status": "refused", "message": str(refusal)[:_MESSAGE_CHARACTERS]}, b""
        except BaseException as error:
            return {
                "status": "raised",
                "type": type(error).__name__,
                "message": text_of(error)[:_MESSAGE_CHARACTERS],
                "where": line_of(error, self._shell)[:_MESSAGE_CHARACTERS],
            }, b""

    def _begin(self, header: dict[str, Any], _: bytes) -> tuple[dict[str, Any], bytes]:
        reseed(header["seed"])
        return {"status": "done"}, b""

    def _cell(self, header: dict[str, Any], _: bytes) -> tuple[dict[str, Any], bytes]:
        error, outputs = self._shell.run(header["source"])
        if error is not None:
            error = error[:_MESSAGE_CHARACTERS]
        return {"status": "done", "error": error, "outputs": outputs}, b""

    def _mark(self, header: dict[str, Any], _: bytes) -> tuple[dict[str, Any], bytes]:
        """Remember what every name means now."""
        self._marks[header["label"]] = dict(self._shell.user_ns)
        return {"status": "done"}, b""

    def _rewind(self, header: dict[str, Any], _: bytes) -> tuple[dict[str, Any], bytes]:
        """Give every name the meaning that it had at a mark; functions look names up there when they are called."""
        names = self._marks[header["label"]]
        self._shell.user_ns.clear()
        self._shell.user_ns.update(names)
        return {"status": "done"}, b""

    def _call(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        function, arguments, keywords = self._request(header, body)
        return self._returned(function(*arguments, **keywords))

    def _vjp(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Pull `upstream`, the last argument, back through the function to its first argument."""
        function, (first, *others, upstream), keywords = self._request(header, body)
        point = tf.convert_to_tensor(first)
        with tf.GradientTape() as tape:
            tape.watch(point)
            result = function(point, *others, **keywords)
        return self._returned(tape.gradient(result, point, output_gradients=tf.convert_to_tensor(upstream)))

    def _request(self, header: dict[str, Any], body: bytes) -> tuple[Callable[..., Any], Any, dict[str, Any]]:
        arguments, keywords = values.decode(header["values"], body, self._limits, self._networks)
        name = header["name"]
        if name not in self._shell.user_ns:
            raise NotDefined(name)
        self._shell.outputs.clear()  # what a call prints is shown to nobody: it may be a hidden case
        return self._shell.user_ns[name], arguments, dict(zip(header["keywords"], keywords, strict=True))

    def _returned(self, value: Any) -> tuple[dict[str, Any], bytes]:
        tree, body = values.encode(value, self._limits, self._networks, learners=True)
        return {"status": "done", "values": tree}, body
