"""The line: what is no frame within its caps is refused before it is read."""

import socket
import struct
import threading

import pytest

from autograder.sandbox.inside import frames


@pytest.fixture
def line():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def _receive(line, header_bytes=1000, body_bytes=1000):
    return frames.receive(line, header_bytes=header_bytes, body_bytes=body_bytes)


def test_frames_arrive_in_order(line):
    ours, theirs = line
    for number in range(3):
        frames.send(theirs, {"number": number}, bytes(number))
    assert [_receive(ours) for _ in range(3)] == [({"number": n}, bytes(n)) for n in range(3)]


def test_a_frame_larger_than_the_sockets_buffers(line):
    ours, theirs = line
    body = bytes(5_000_000)
    sender = threading.Thread(target=frames.send, args=(theirs, {}, body))
    sender.start()
    assert _receive(ours, body_bytes=5_000_000) == ({}, body)
    sender.join()


@pytest.mark.parametrize("lengths", [(1001, 0), (0, 1001), (2**64 - 1, 2**64 - 1)])
def test_too_long_is_refused_before_it_is_read(line, lengths):
    ours, theirs = line
    theirs.sendall(struct.pack("<QQ", *lengths))  # and not one byte more
    with pytest.raises(frames.FrameError):
        _receive(ours)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"1", b"{", b"\xff\xff", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 900, b'{"a": ' + b"9" * 900]
)
def test_a_header_that_is_no_object_is_refused(line, text):
    ours, theirs = line
    theirs.sendall(struct.pack("<QQ", len(text), 0) + text)
    with pytest.raises(frames.FrameError):
        _receive(ours)


@pytest.mark.parametrize("sent", [b"", b"\0" * 15, struct.pack("<QQ", 10, 0) + b"{}", struct.pack("<QQ", 2, 9) + b"{}"])
def test_a_line_that_closes_is_an_end(line, sent):
    ours, theirs = line
    theirs.sendall(sent)
    theirs.close()
    with pytest.raises(EOFError):
        _receive(ours)
