"""The filter that ships is the one that the list makes."""

import struct

import pytest

from autograder.sandbox import seccomp

pyseccomp = pytest.importorskip("pyseccomp", exc_type=ImportError, reason="developers only; needs libseccomp")


def test_the_shipped_filter_is_up_to_date():
    assert seccomp.FILTER.read_bytes() == seccomp.build_filter(), "run `python -m autograder.sandbox.seccomp`"


def test_calls_that_the_list_does_not_know_are_refused_first():
    first = [struct.unpack_from("<HBBI", seccomp.FILTER.read_bytes(), 8 * number) for number in range(3)]
    assert first == [(0x20, 0, 0, 0), (0x35, 0, 1, 463), (0x06, 0, 0, 0x00050026)]


def test_no_call_is_listed_twice():
    assert len(set(seccomp.REFUSED)) == len(seccomp.REFUSED)
