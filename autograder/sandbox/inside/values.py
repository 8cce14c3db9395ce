"""The values that cross the line, as a JSON tree and one safetensors body. Used on both sides.

Cross may: None, booleans, numbers, arrays of a few dtypes, tuples and lists of these, networks, and towards the child
also short strings. What `decode` returns was built here from bytes of checked lengths: no type, object or code of the
sender survives.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from .arrays import MalformedError, ValueLimits, ValueRefused, as_array, packed, plain, unpacked
from .networks import Networks, NetworkUnknownError

__all__ = ["MalformedError", "ValueLimits", "ValueRefused", "decode", "encode"]

_INTEGERS = range(-(2**63), 2**64)

Node = list[Any]


def encode(value: Any, limits: ValueLimits, networks: Networks, *, learners: bool = False) -> tuple[Node, bytes]:
    """Return the tree and the body that stand for `value`.

    Args:
        value: None, bool, number, array, tensor, network, string, or a tuple or list of these.
        limits: caps on its size.
        networks: describes the networks in it.
        learners: whether a learner's function returned it. Strings and lists of numbers are refused then: a list of
            numbers stands for an array somewhere else, and no array is guessed from it.

    Raises:
        ValueRefused: it may not cross; the message says what was returned and what to return.

    Example:
        >>> encode((1, None), ValueLimits(), Networks())[0]
        ['tuple', [['int', 1], ['none']]]
    """
    encoder = _Encoder(limits, networks, learners)
    tree = encoder.node(value, limits.depth)
    return tree, packed(encoder.arrays, limits)


class _Encoder:
    def __init__(self, limits: ValueLimits, networks: Networks, learners: bool) -> None:
        self.limits, self.networks, self.learners = limits, networks, learners
        self.arrays: list[NDArray[Any]] = []
        self.items = self.built = 0

    def node(self, value: Any, depth: int) -> Node:
        self.items += 1
        if self.items > self.limits.items:
            raise ValueRefused(f"returned more than {self.limits.items} values")
        if value is None:
            return ["none"]
        if type(value) is bool:
            return ["bool", value]
        if type(value) is int:
            if value not in _INTEGERS:
                raise ValueRefused("returned an integer of more than 64 bits")
            return ["int", value]
        if type(value) is float:
            return ["float", value.hex()]
        if type(value) is str:
            return self._text(value)
        if type(value) in (tuple, list):
            return self._sequence(value, depth)
        if self.networks.is_network(value):
            return self._network(value)
        return ["array", self._array(as_array(value))]

    def _text(self, value: str) -> Node:
        if self.learners:
            raise ValueRefused("returned a string; return a NumPy array")
        if len(value) > self.limits.text_characters:
            raise ValueRefused(f"a string of {len(value)} characters; at most {self.limits.text_characters} may cross")
        return ["str", value]

    def _sequence(self, value: Any, depth: int) -> Node:
        if depth == 0:
            raise ValueRefused(f"returned tuples nested more than {self.limits.depth} deep")
        if self.learners and type(value) is list and any(type(item) in (bool, int, float) for item in value):
            raise ValueRefused("returned a list of numbers; return a NumPy array, for example np.array(result)")
        kind = "tuple" if type(value) is tuple else "list"
        return [kind, [self.node(item, depth - 1) for item in value]]

    def _network(self, value: Any) -> Node:
        self.built += 1
        if self.built > self.limits.networks:
            raise ValueRefused(f"returned more than {self.limits.networks} networks")
        name = self.networks.name(value)
        if name is not None:
            return ["network", name]
        layers, weights = self.networks.describe(value)
        return ["layers", layers, [self._array(weight) for weight in weights]]

    def _array(self, array: NDArray[Any]) -> int:
        self.arrays.append(plain(array, self.limits))
        return len(self.arrays) - 1


def decode(tree: Any, body: bytes, limits: ValueLimits, networks: Networks) -> Any:
    """Return the value that `tree` and `body` stand for.

    Args:
        tree: what JSON brought, of any shape and type.
        body: what should be a safetensors body.
        limits: caps on what is accepted.
        networks: builds the networks in it.

    Raises:
        MalformedError: not made by `encode` under these limits.

    Example:
        >>> decode(*encode((1.5, [None]), ValueLimits(), Networks()), ValueLimits(), Networks())
        (1.5, [None])
    """
    decoder = _Decoder(limits, networks, unpacked(body, limits))
    value = decoder.value(tree, limits.depth)
    if len(decoder.used) != len(decoder.arrays):
        raise MalformedError("arrays that no value uses")
    return value


class _Decoder:
    def __init__(self, limits: ValueLimits, networks: Networks, arrays: list[NDArray[Any]]) -> None:
        self.limits, self.networks, self.arrays = limits, networks, arrays
        self.used: set[int] = set()
        self.items = self.built = 0

    def value(self, node: Any, depth: int) -> Any:
        self.items += 1
        if self.items > self.limits.items:
            raise MalformedError("too many values")
        match node:
            case ["none"]:
                return None
            case ["bool", bool(content)]:
                return content
            case ["int", int(content)] if type(content) is int and content in _INTEGERS:
                return content
            case ["float", str(content)] if len(content) <= 40:
                return _float(content)
            case ["str", str(content)] if len(content) <= self.limits.text_characters:
                return content
            case ["array", number]:
                return self._array(number)
            case [("tuple" | "list") as kind, list(items)] if depth > 0:
                values = [self.value(item, depth - 1) for item in items]
                return tuple(values) if kind == "tuple" else values
            case ["network", str(name)] if len(name) <= self.limits.text_characters:
                return self._network(name)
            case ["layers", list(layers), list(numbers)]:
                return self._layers(layers, [self._array(number) for number in numbers])
        raise MalformedError("a value of no known kind")

    def _array(self, number: Any) -> NDArray[Any]:
        if type(number) is not int or not 0 <= number < len(self.arrays) or number in self.used:
            raise MalformedError("an array that is not there, or is used twice")
        self.used.add(number)
        return self.arrays[number]

    def _network(self, name: str) -> Any:
        try:
            return self.networks.load(name)
        except NetworkUnknownError as error:
            raise MalformedError(str(error)) from None

    def _layers(self, layers: list[Any], weights: list[NDArray[Any]]) -> Any:
        self.built += 1
        if self.built > self.limits.networks:
            raise MalformedError("too many networks")
        try:
            return self.networks.build(layers, weights)
        except NetworkUnknownError as error:
            raise MalformedError(str(error)) from None


def _float(content: str) -> float:
    try:
        return float.fromhex(content)
    except (ValueError, OverflowError):
        raise MalformedError("a number that is none") from None
