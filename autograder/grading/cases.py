"""Hidden cases: drawn from the classroom's secret, kept only if they tell right from wrong.

Each part of an exercise has a pool of cases. What a notebook's cells say picks one of them, so that grading the same
notebook again gives the same marks, and nobody can know which inputs come. A case is kept only if

- every misconception and every trivial answer that it should catch misses the reference by `MARGIN` tolerances, so that
  no draw is an easy one;
- the reference itself barely moves when its inputs move by one part in a million, so that a correct solution that
  rounds in another order cannot lose a point at a kink.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from autograder.errors import GraderError
from autograder.grading.comparison import misses
from autograder.grading.misconceptions import Misconception

POOL_SIZE = 8
MARGIN = 100
MAX_ATTEMPTS = 50
PERTURBATION = 1e-6


@dataclass(frozen=True)
class Call:
    """One call of a learner's function with hidden arguments.

    Attributes:
        function: the function's name.
        args: positional arguments: arrays, numbers, networks.
        kwargs: keyword arguments.
        label: what is special about the call, to end a message with: "with one target for all images".
        tolerance: largest allowed error relative to the largest value of each image.
    """

    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    tolerance: float = 1e-4

    def on(self, module: ModuleType) -> Any:
        """What this call gives on an implementation of the technique."""
        return getattr(module, self.function)(*self.args, **self.kwargs)

    def nudged(self, rng: np.random.Generator) -> Call:
        """The same call with every floating-point array moved by about `PERTURBATION` of its largest value."""

        def nudge(value: Any) -> Any:
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
                noise = rng.uniform(-1, 1, value.shape) * PERTURBATION * np.abs(value).max()
                return (value + noise).astype(value.dtype)
            return value

        return replace(self, args=tuple(map(nudge, self.args)), kwargs={k: nudge(v) for k, v in self.kwargs.items()})


Draw = Callable[[np.random.Generator], list[Call]]


@dataclass(frozen=True)
class Case:
    """The calls of one hidden test, with what they should give and what each misconception would give."""

    calls: tuple[Call, ...]
    expected: tuple[Any, ...]
    mistaken: dict[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Part:
    """Which graded part a hidden test belongs to, and how its cases are drawn."""

    name: str
    draw: Draw


Test = TypeVar("Test", bound=Callable[..., None])


def part(name: str, *, draw: Draw) -> Callable[[Test], Test]:
    """Make a hidden test one of the part `name`, its cases drawn by `draw`."""

    def belong(test: Test) -> Test:
        test.part = Part(name, draw)  # type: ignore[attr-defined]
        return test

    return belong


class CasePool:
    """The hidden cases of one technique under one secret, computed when first needed and then kept."""

    def __init__(self, secret: bytes, reference: ModuleType, misconceptions: tuple[Misconception, ...]) -> None:
        self._secret = secret
        self._reference = reference
        self._misconceptions = misconceptions
        self._mistaken = {m.name: m.applied_to(reference) for m in misconceptions}
        self.case = cache(self._case)

    def pick(self, part: Part, executed: str) -> Case:
        """The case of this part that goes with these executed cells.

        Args:
            part: the graded part.
            executed: the sources of all cells that were run, joined.
        """
        digest = self._digest("pick", part.name, executed)
        return self.case(part, int.from_bytes(digest[:8], "big") % POOL_SIZE)

    def _case(self, part: Part, index: int) -> Case:
        refused = ""
        for rng in self._generators(part.name, part.draw.__name__, index):
            calls = tuple(part.draw(rng))
            expected = tuple(call.on(self._reference) for call in calls)
            mistaken = {name: tuple(call.on(module) for call in calls) for name, module in self._mistaken.items()}
            refused = self._refusal(part.name, calls, expected, mistaken) or self._unstable(calls, expected, rng)
            if not refused:
                return Case(calls, expected, mistaken)
        raise GraderError(
            f"part {part.name!r}: none of {MAX_ATTEMPTS} drawn cases is fit to grade with; the last {refused}"
        )

    def _generators(self, *names: object) -> Iterator[np.random.Generator]:
        for attempt in range(MAX_ATTEMPTS):
            yield np.random.default_rng(int.from_bytes(self._digest("draw", *map(str, names), str(attempt)), "big"))

    def _digest(self, *names: str) -> bytes:
        message = "\0".join((self._reference.__name__, *names)).encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, message, hashlib.sha256).digest()

    def _refusal(
        self, part_name: str, calls: tuple[Call, ...], expected: tuple[Any, ...], mistaken: dict[str, tuple[Any, ...]]
    ) -> str:
        """Which wrong answer this case would let pass; empty if none."""
        for wrong in self._misconceptions:
            if part_name in wrong.loses and not _all_caught(calls, expected, [mistaken[wrong.name]]):
                return f"does not catch the misconception {wrong.name!r}"
        for name, answers in _trivial_answers(calls, expected).items():
            if not _all_caught(calls, expected, [answers]):
                return f"does not catch the trivial answer {name!r}"
        return ""

    def _unstable(self, calls: tuple[Call, ...], expected: tuple[Any, ...], rng: np.random.Generator) -> str:
        for call, value in zip(calls, expected, strict=True):
            if misses(call.nudged(rng).on(self._reference), value) > call.tolerance / 2:
                return "has the reference at a kink"
        return ""


def _all_caught(calls: tuple[Call, ...], expected: tuple[Any, ...], answers: list[tuple[Any, ...]]) -> bool:
    """Whether each of the answers is caught by at least one of the calls, with the margin."""
    return all(
        any(misses(a, e) >= MARGIN * call.tolerance for call, e, a in zip(calls, expected, answer, strict=True))
        for answer in answers
    )


def _trivial_answers(calls: tuple[Call, ...], expected: tuple[Any, ...]) -> dict[str, tuple[Any, ...]]:
    """Answers that take no work: nothing but zeros, nothing but ones, an argument handed back."""

    def each(make: Callable[[Call, np.ndarray], Any]) -> tuple[Any, ...]:
        return tuple(
            tuple(make(call, np.asarray(e)) for e in value)
            if isinstance(value, tuple)
            else make(call, np.asarray(value))
            for call, value in zip(calls, expected, strict=True)
        )

    def argument(call: Call, value: np.ndarray) -> np.ndarray:
        same = [a for a in call.args if isinstance(a, np.ndarray) and a.shape == value.shape and a.dtype.kind == "f"]
        return same[0] if same else np.zeros_like(value)

    return {
        "zeros": each(lambda _, value: np.zeros_like(value)),
        "ones": each(lambda _, value: np.ones_like(value)),
        "an argument": each(argument),
    }
