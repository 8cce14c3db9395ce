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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from autograder.errors import GraderError
from autograder.grading.calls import Call, caught, trivial_answers
from autograder.grading.comparison import misses
from autograder.grading.kept import Kept, KeptCases
from autograder.grading.misconceptions import Misconception

POOL_SIZE = 4
MAX_ATTEMPTS = 50


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
    """The hidden cases of one technique under one secret, computed when first needed and then kept.

    Args:
        secret: what they are drawn from.
        reference: the solution module.
        misconceptions: those of the technique's grader.
        kept: where they are kept between runs; None: only in this process.
        version: of all that the values depend on; cases of another version are computed anew.
    """

    def __init__(
        self,
        secret: bytes,
        reference: ModuleType,
        misconceptions: tuple[Misconception, ...],
        *,
        kept: KeptCases | None = None,
        version: str = "",
    ) -> None:
        self._secret = secret
        self._kept = kept
        self._version = version
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

    def prepare(self, parts: Iterable[Part]) -> Iterator[Case]:
        """Draw every case of these parts, or find it kept; each comes when it is there."""
        for part in parts:
            for index in range(POOL_SIZE):
                yield self.case(part, index)

    def _case(self, part: Part, index: int) -> Case:
        names = (part.name, part.draw.__name__, str(index))
        if self._kept is None:
            return self._compute(part, names)[1]
        key = self._digest("keep", self._version, *names).hex()
        known = self._kept.get(key)
        if known is None:
            with self._kept.alone(key):
                known = self._kept.get(key)
                if known is None:
                    attempt, case = self._compute(part, names)
                    self._kept.put(key, Kept(attempt, case.expected, case.mistaken))
                    return case
        calls = tuple(part.draw(self._generator(*names, attempt=known.attempt)))
        return Case(calls, known.expected, known.mistaken)

    def _compute(self, part: Part, names: tuple[str, ...]) -> tuple[int, Case]:
        """Draw until a case is fit to grade with."""
        refused = ""
        for attempt in range(MAX_ATTEMPTS):
            rng = self._generator(*names, attempt=attempt)
            calls = tuple(part.draw(rng))
            expected = tuple(call.on(self._reference) for call in calls)
            mistaken = {name: tuple(call.on(module) for call in calls) for name, module in self._mistaken.items()}
            refused = self._refusal(part.name, calls, expected, mistaken) or self._unstable(calls, expected, rng)
            if not refused:
                return attempt, Case(calls, expected, mistaken)
        raise GraderError(
            f"part {part.name!r}: none of {MAX_ATTEMPTS} drawn cases is fit to grade with; the last {refused}"
        )

    def _generator(self, *names: str, attempt: int) -> np.random.Generator:
        return np.random.default_rng(int.from_bytes(self._digest("draw", *names, str(attempt)), "big"))

    def _digest(self, *names: str) -> bytes:
        message = "\0".join((self._reference.__name__, *names)).encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, message, hashlib.sha256).digest()

    def _refusal(
        self, part_name: str, calls: tuple[Call, ...], expected: tuple[Any, ...], mistaken: dict[str, tuple[Any, ...]]
    ) -> str:
        """Which wrong answer this case would let pass; empty if none."""
        for wrong in self._misconceptions:
            if part_name in wrong.loses and not caught(calls, expected, mistaken[wrong.name]):
                return f"does not catch the misconception {wrong.name!r}"
        for name, answers in trivial_answers(calls, expected).items():
            if not caught(calls, expected, answers):
                return f"does not catch the trivial answer {name!r}"
        return ""

    def _unstable(self, calls: tuple[Call, ...], expected: tuple[Any, ...], rng: np.random.Generator) -> str:
        for call, value in zip(calls, expected, strict=True):
            if misses(call.nudged(rng).on(self._reference), value) > call.tolerance / 2:
                return "has the reference at a kink"
        return ""
