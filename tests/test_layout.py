"""One technique = one stem = five rooms: the house is complete, and `_toc.yml` knows of everything in it."""

import ast
import os
from pathlib import Path

import pytest

from autograder import rooms

ROOMS = {
    "book": ("book", ".md"),
    "exercises": ("exercises", ".md"),
    "solutions": ("solutions", ".py"),
    "graders": ("autograder/graders", ".py"),
    "misconceptions": ("autograder/misconceptions", ".py"),
}
NOT_TECHNIQUES = {"__init__", "README", "toolkit"}
EXERCISE_BOX = "```{exercise-box}"


def _stems_in(room: str) -> set[str]:
    folder, ending = ROOMS[room]
    files = {path.stem: path for path in (rooms.ROOT / folder).glob(f"*{ending}")}
    if room == "book":
        files = {stem: path for stem, path in files.items() if EXERCISE_BOX in path.read_text(encoding="utf-8")}
    return set(files) - NOT_TECHNIQUES


def _techniques() -> list[str]:
    return sorted(set().union(*map(_stems_in, ROOMS)))


def test_there_are_techniques() -> None:
    assert "sensitivity_analysis" in _techniques()


@pytest.mark.parametrize("stem", _techniques())
def test_a_technique_is_in_every_room(stem: str) -> None:
    missing = [folder + "/" + stem + ending for room, (folder, ending) in ROOMS.items() if stem not in _stems_in(room)]
    tests = [f"tests/solutions/test_{stem}.py", f"tests/autograder/graders/test_{stem}.py"]
    missing += [path for path in tests if not (rooms.ROOT / path).is_file()]
    assert not missing, f"{stem} lacks: {', '.join(missing)}"


@pytest.mark.parametrize("stem", _techniques())
def test_a_technique_is_in_the_table_of_contents(stem: str) -> None:
    assert stem in rooms.pages(), f"_toc.yml does not list {stem}"


def test_every_page_of_the_table_of_contents_exists() -> None:
    assert [page for page in rooms.pages() if not (rooms.BOOK / f"{page}.md").is_file()] == []


def test_stems_follow_the_order_of_the_table_of_contents() -> None:
    assert rooms.stems() == [page for page in rooms.pages() if page in _techniques()]


def test_no_notebook_is_committed() -> None:
    built = {".venv", ".git", "_build", "classroom", "work", "node_modules"}
    found = []
    for folder, folders, files in os.walk(rooms.ROOT):
        folders[:] = set(folders) - built
        found += [Path(folder, name) for name in files if name.endswith(".ipynb")]
    assert found == []


def test_rooms_import_only_what_they_may() -> None:
    allowed = {"understanding_nn": set(), "solutions": {"understanding_nn"}}
    for room, may in allowed.items():
        forbidden = {"understanding_nn", "solutions", "autograder", "book", "exercises"} - may - {room}
        for path in (rooms.ROOT / room).rglob("*.py"):
            assert _imports(path).isdisjoint(forbidden), f"{path.relative_to(rooms.ROOT)} may not import {forbidden}"


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names
