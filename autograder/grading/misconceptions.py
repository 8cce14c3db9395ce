"""Named wrong implementations: they recognize a learner's mistake, and they test the grader.

A misconception replaces one function of the reference. Every function that builds on it goes wrong with it, as it would
in a learner's notebook, because the rest of the reference runs with the replacement in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Misconception:
    """A known mistake.

    Attributes:
        name: what it is called in reports.
        replaces: the function of the reference that is wrong.
        loses: the parts of the exercise that it must cost.
        hint: what to tell a learner whose values are these.
        wrong: the wrong implementation. Uses what a learner's notebook has, and nothing else.
    """

    name: str
    replaces: str
    loses: tuple[str, ...]
    hint: str
    wrong: Callable[..., Any]

    def applied_to(self, reference: ModuleType) -> ModuleType:
        """The reference as it would be with this mistake in it."""
        if not hasattr(reference, self.replaces):
            raise AttributeError(
                f"misconception {self.name!r} replaces {self.replaces!r}, which {reference.__name__} lacks"
            )
        mistaken = ModuleType(f"{reference.__name__} with {self.name}")
        mistaken.__file__ = reference.__file__
        with open(str(reference.__file__), encoding="utf-8") as source:  # noqa: PTH123 - a module's own file
            exec(compile(source.read(), str(reference.__file__), "exec"), mistaken.__dict__)  # noqa: S102 - our own source
        setattr(mistaken, self.replaces, self.wrong)
        return mistaken


def misconception(*, replaces: str, loses: tuple[str, ...], hint: str) -> Callable[[Callable[..., Any]], Misconception]:
    """Declare a function to be a known wrong implementation; its name, with hyphens, is the misconception's."""

    def declare(wrong: Callable[..., Any]) -> Misconception:
        return Misconception(wrong.__name__.replace("_", "-"), replaces, loses, hint, wrong)

    return declare
