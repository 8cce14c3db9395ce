"""Where the rooms of this house are, and which techniques live in them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import yaml

from autograder.errors import UnknownStemError

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
EXERCISES = ROOT / "exercises"
SOLUTIONS = ROOT / "solutions"


def pages() -> list[str]:
    """Every page of the book, in the order of `_toc.yml`, as its path below `book/` without ending."""
    return list(_listed((ROOT / "_toc.yml").read_text(encoding="utf-8")))


@lru_cache(maxsize=4)
def _listed(toc: str) -> tuple[str, ...]:
    """What a table of contents lists; a class asks for the same one with each notebook."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.extend(value for key, value in node.items() if key in ("root", "file"))
            walk([value for key, value in node.items() if key not in ("root", "file")])
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(yaml.safe_load(toc))
    return tuple(found)


def stems() -> list[str]:
    """The techniques that have an exercise, in the order of `_toc.yml`."""
    return [stem for stem in pages() if (EXERCISES / f"{stem}.md").is_file()]


def grading_modules(stems: Iterable[str]) -> list[str]:
    """The modules of some techniques that nothing imports by name, but the engine when it first grades one of them."""
    return [f"autograder.{folder}.{stem}" for stem in stems for folder in ("graders", "misconceptions")]


def require_stem(stem: str) -> str:
    """Return `stem` if it names a technique of the course.

    Raises:
        UnknownStemError: it does not; the message lists those that there are.
    """
    known = stems()
    if stem not in known:
        raise UnknownStemError(f"there is no technique {stem!r}; the course has: {', '.join(known)}")
    return stem
