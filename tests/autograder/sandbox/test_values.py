"""What crosses the line comes back equal; what `encode` does not make is refused."""

import contextlib
import dataclasses
import json

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from autograder.sandbox.inside.arrays import DTYPES, MalformedError, ValueLimits, ValueRefused, packed, unpacked
from autograder.sandbox.inside.networks import Networks
from autograder.sandbox.inside.values import decode, encode

LIMITS = ValueLimits()

arrays = st_numpy.arrays(
    st.sampled_from(sorted(DTYPES.values())), st_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
)
plain = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=200) | arrays
crossing = st.recursive(plain, lambda part: st.lists(part, max_size=4) | st.tuples(part, part), max_leaves=20)


def _same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.shape == b.shape and a.tobytes() == b.tobytes() and a.dtype == b.dtype
    if isinstance(a, tuple | list):
        return type(a) is type(b) and len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


@settings(deadline=None)
@given(crossing)
def test_round_trip(value):
    limits = dataclasses.replace(LIMITS, depth=30)
    tree, body = encode(value, limits, Networks())
    assert _same(value, decode(json.loads(json.dumps(tree)), body, limits, Networks()))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_arrays_or_malformed(body):
    with contextlib.suppress(MalformedError):
        unpacked(body, LIMITS)


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["array", "tuple", "none", "float", "layers", "0x1p0"]),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=3), part, max_size=2),
    max_leaves=20,
)


@settings(deadline=None)
@given(trees)
def test_any_tree_is_a_value_or_malformed(tree):
    with contextlib.suppress(MalformedError):
        decode(tree, packed([], LIMITS), LIMITS, Networks())


def test_decoded_arrays_can_be_written_to():
    array = decode(*encode(np.zeros(2), LIMITS, Networks()), LIMITS, Networks())
    array[0] = 1
    assert array[0] == 1


def test_a_boolean_is_never_a_third_thing():
    body = bytearray(packed([np.zeros(2, bool)], LIMITS))
    body[-2:] = b"\x02\xff"
    assert unpacked(bytes(body), LIMITS)[0].tobytes() == b"\x01\x01"


def _body(**arrays):
    return safetensors.numpy.save(arrays)


@pytest.mark.parametrize(
    ("tree", "body"),
    [
        (["array", 0], _body()),
        (["array", -1], _body(**{"0": np.ones(1)})),
        (["array", True], _body(**{"0": np.ones(1), "1": np.ones(1)})),
        (["tuple", [["array", 0], ["array", 0]]], _body(**{"0": np.ones(1)})),
        (["none"], _body(**{"0": np.ones(1)})),
        (["array", 0], _body(x=np.ones(1))),
        (["array", 0], _body(**{"0": np.ones(1)})[:-1]),
        (["array", 0], (2**62).to_bytes(8, "little") + b"{}"),
        (["array", 0], b""),
        (["int", True], _body()),
        (["int", 2**64], _body()),
        (["int", 1.5], _body()),
        (["float", "0x1p99999"], _body()),
        (["float", 1.5], _body()),
        (["float", "__import__('os')"], _body()),
        (["str", "x" * 201], _body()),
        (["tuple", [["none"]] * 300], _body()),
        (["tuple", [["tuple", [["tuple", [["tuple", [["tuple", [["tuple", []]]]]]]]]]]], _body()),
        (["network", "/etc/passwd"], _body()),
        (["layers", [{"type": "Lambda", "function": "os.system"}], []], _body()),
        (["layers", [1, 2], []], _body()),
        (["pickle", "gASVAAAA"], _body()),
        ({"none": None}, _body()),
        (None, _body()),
    ],
    ids=lambda part: repr(part)[:40],
)
def test_what_encode_does_not_make_is_malformed(tree, body):
    with pytest.raises(MalformedError):
        decode(tree, body, LIMITS, Networks())


def test_a_dtype_outside_the_list_is_malformed():
    header = json.dumps({"0": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    with pytest.raises(MalformedError, match="BF16"):
        unpacked(len(header).to_bytes(8, "little") + header + b"\0\0", LIMITS)


@pytest.mark.parametrize("shape", [[0, 2**62, 2**62], [0, 2**64 - 1]])
def test_sizes_that_no_array_has_are_malformed(shape):
    header = json.dumps({"0": {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}}).encode()
    with pytest.raises(MalformedError, match="sizes"):
        unpacked(len(header).to_bytes(8, "little") + header, LIMITS)


def test_a_frame_full_of_networks_is_refused_on_both_sides():
    trees = [["layers", [{"type": "Input", "shape": [n]}, {"type": "ReLU"}], []] for n in range(1, 6)]
    with pytest.raises(MalformedError, match="too many networks"):
        decode(["tuple", trees], _body(), LIMITS, Networks())
    few = decode(["tuple", trees[:4]], _body(), LIMITS, Networks())
    with pytest.raises(ValueRefused, match="more than 4 networks"):
        encode(few * 2, LIMITS, Networks(), learners=True)


def test_too_many_bytes_are_refused_on_both_sides():
    small = ValueLimits(array_bytes=100, body_bytes=100_000)
    with pytest.raises(ValueRefused, match="at most 100"):
        encode(np.zeros(101, np.int8), small, Networks())
    body = packed([np.zeros(101, np.int8)], LIMITS)
    with pytest.raises(MalformedError):
        unpacked(body, small)


def test_limits_are_the_same_before_and_after():
    for value in (["x" * 201], "x" * 201):
        with pytest.raises(ValueRefused, match="201 characters"):
            encode(value, LIMITS, Networks())


def test_a_network_is_built_once_and_forgotten_in_turn():
    built = []

    class Counting(Networks):
        def build(self, layers, weights):
            return self._once(repr(layers), lambda: built.append(layers) or len(built))

    networks = Counting(kept=2)
    assert [networks.build([n], []) for n in (1, 1, 2, 3, 2, 1)] == [1, 1, 2, 3, 2, 4]
