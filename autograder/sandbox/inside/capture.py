"""What a cell shows: streams, displays, results and errors, collected under caps so that no flood ends the child."""

from __future__ import annotations

import base64
import ctypes
import io
import os
from dataclasses import dataclass
from typing import Any

ERRORS = 5
"""Exceptions that are kept of one cell, whatever it printed before."""

_PIPE_BYTES = 256 * 1024
_F_SETPIPE_SZ = 1031  # fcntl.F_SETPIPE_SZ, which Python 3.11 does not name on every build


@dataclass(frozen=True)
class OutputLimits:
    """Caps on what one cell may show: characters of text, characters of base64 images, number of outputs."""

    text: int
    images: int
    count: int


class Outputs:
    """The outputs of the running cell, in the order in which they came, as nbformat dictionaries.

    Args:
        limits: more than these is counted and dropped.
    """

    def __init__(self, limits: OutputLimits) -> None:
        self._limits = limits
        self._terminal = _Terminal()
        self.clear()

    def clear(self) -> None:
        """Forget all outputs: a new cell begins."""
        self._items: list[dict[str, Any]] = []
        self._text = self._images = self._dropped = self._errors = 0

    def stream(self, name: str, text: str) -> None:
        """Add text to a stream, `stdout` or `stderr`."""
        if self._text >= self._limits.text:  # a flood: count, and be quick about it
            self._dropped += len(text)
            return
        self._drain()
        self._stream(name, text)

    def display(self, kind: str, data: dict[str, Any]) -> None:
        """Add a `display_data` or an `execute_result`: its plain text and its PNG; other forms are left out."""
        self._drain()
        kept = {"text/plain": self._cut(str(data.get("text/plain", "")))}
        image = data.get("image/png")
        if isinstance(image, bytes):
            image = base64.b64encode(image).decode()
        if isinstance(image, str):
            if self._images + len(image) <= self._limits.images:
                self._images += len(image)
                kept["image/png"] = image
            else:
                self._dropped += len(image)
        self._add({"output_type": kind, "data": kept, "metadata": {}})

    def error(self, name: str, text: str, traceback: list[str]) -> None:
        """Add an exception; there is room for it even after a flood."""
        self._drain()
        if self._errors == ERRORS:
            self._dropped += len(text)
            return
        self._errors += 1
        room = self._limits.text // ERRORS // 2
        shown = "\n".join(traceback)[-room:].split("\n")
        self._items.append({"output_type": "error", "ename": name, "evalue": text[:room], "traceback": shown})

    def taken(self) -> list[dict[str, Any]]:
        """Return the outputs of the cell that just ended, with a note where something was dropped."""
        self._drain()
        items = [
            {**item, "text": "".join(item["text"])} if item["output_type"] == "stream" else item for item in self._items
        ]
        if self._dropped:
            note = f"[output cut: {self._dropped:,} more characters were not kept]\n"
            items.append({"output_type": "stream", "name": "stderr", "text": note})
        return items

    def _stream(self, name: str, text: str) -> None:
        kept = self._cut(text)
        if not kept:
            return
        last = self._items[-1] if self._items else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"].append(kept)
        else:
            self._add({"output_type": "stream", "name": name, "text": [kept]})

    def _cut(self, text: str) -> str:
        kept = text[: self._limits.text - self._text]
        self._text += len(kept)
        self._dropped += len(text) - len(kept)
        return kept

    def _add(self, item: dict[str, Any]) -> None:
        if len(self._items) < self._limits.count:
            self._items.append(item)
        else:
            self._dropped += sum(map(len, item.get("text", ()))) or 1

    def _drain(self) -> None:
        if text := self._terminal.read():
            self._stream("stdout", text)


class _Terminal:
    """Descriptor 1, for code that writes past `sys.stdout`: `os.write`, C libraries.

    A pipe that never blocks: a flood is lost rather than waited for, since nobody reads while C code holds the
    interpreter. Descriptor 2 leads to nowhere, because there TensorFlow writes its log.
    """

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None)
        self._descriptor, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._libc.fcntl(write_end, _F_SETPIPE_SZ, _PIPE_BYTES)
        os.dup2(write_end, 1)
        os.close(write_end)

    def read(self) -> str:
        self._libc.fflush(None)
        try:
            return os.read(self._descriptor, _PIPE_BYTES).decode(errors="replace")
        except OSError:  # nothing there, or the submission closed it
            return ""


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of the submission.

    Args:
        name: `stdout` or `stderr`.
        outputs: where the text goes.
    """

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name = name
        self._outputs = outputs
        self.buffer = _ByteStream(self)

    def write(self, text: str) -> int:
        """Add `text` to the running cell's outputs; return its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.stream(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the descriptor that C code calls by this name."""
        return 1 if self.name == "stdout" else 2


class _ByteStream(io.BufferedIOBase):
    """What `sys.stdout.buffer` is expected to be."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def write(self, data: Any) -> int:
        self._stream.write(bytes(data).decode(errors="replace"))
        return len(data)

    def writable(self) -> bool:
        return True
