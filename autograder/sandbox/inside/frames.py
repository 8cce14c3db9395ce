"""The line's frames: two lengths, a JSON header, a body of bytes. Used on both sides of the sandbox's wall.

The lengths are checked before a byte behind them is read, so the sender cannot make the receiver hold more than its
caps. Nothing is unpickled or evaluated.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any, NoReturn

_LENGTHS = struct.Struct("<QQ")
_CHUNK_BYTES = 1 << 20


class FrameError(Exception):
    """The bytes on the line are no frame within its caps."""


def send(line: socket.socket, header: dict[str, Any], body: bytes = b"") -> None:
    """Send one frame.

    Args:
        line: a connected stream socket.
        header: what JSON can say; numbers must be finite.
        body: any bytes.

    Raises:
        OSError: the other side is gone.
    """
    text = json.dumps(header, allow_nan=False).encode()
    line.sendall(_LENGTHS.pack(len(text), len(body)) + text)
    line.sendall(body)


def receive(line: socket.socket, *, header_bytes: int, body_bytes: int) -> tuple[dict[str, Any], bytes]:
    """Receive one frame.

    Args:
        line: a connected stream socket.
        header_bytes: the longest header that is accepted.
        body_bytes: the longest body that is accepted.

    Returns:
        The header, always a dictionary, and the body.

    Raises:
        EOFError: the other side is gone.
        FrameError: too long, or no JSON object. The line is out of step then and must be given up.

    Example:
        >>> a, b = socket.socketpair()
        >>> send(a, {"op": "call"}, b"1234")
        >>> receive(b, header_bytes=1000, body_bytes=1000)
        ({'op': 'call'}, b'1234')
    """
    header_length, body_length = _LENGTHS.unpack(_exactly(line, _LENGTHS.size))
    if header_length > header_bytes:
        raise FrameError(f"a header of {header_length} bytes; at most {header_bytes} are accepted")
    if body_length > body_bytes:
        raise FrameError(f"a body of {body_length} bytes; at most {body_bytes} are accepted")
    text = _exactly(line, header_length)
    body = _exactly(line, body_length)
    try:
        header = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a header that is no JSON: {type(error).__name__}") from None
    if not isinstance(header, dict):
        raise FrameError("a header that is no JSON object")
    return header, body


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _exactly(line: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        chunk = line.recv(min(length - len(received), _CHUNK_BYTES))
        if not chunk:
            raise EOFError("the other side closed the line")
        received += chunk
    return bytes(received)
