"""What a result depends on, as one key: as long as the key is the same, the result is, and nothing is graded twice."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from autograder.rooms import EXERCISES, ROOT, grading_modules
from autograder.sandbox import Limits

ROOMS = ("autograder", "solutions", "understanding_nn")


def grading_version(stem: str, limits: Limits) -> str:
    """A hash of all that grading an exercise depends on, the notebook and the classroom's secret left out.

    That is: the grader, its misconceptions, the reference, the engine and every module of ours that they import; all of
    the sandbox and of the learner's package with its data and weights; the exercise's points; the lock; the limits;
    this Python.

    Args:
        stem: the technique.
        limits: what a submission may use.

    Example:
        >>> len(grading_version("sensitivity_analysis", Limits()))
        64
    """
    roots = ("autograder.engine", *grading_modules([stem]), f"solutions.{stem}")
    files = {path for name in roots for path in _module_files(name)}
    for folder in (ROOT / "autograder" / "sandbox", ROOT / "understanding_nn"):
        files |= {path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    files |= {EXERCISES / f"{stem}.md", ROOT / "requirements.txt"}
    seen: set[Path] = set()
    for path in sorted(files):
        _follow(path, seen)
    digest = hashlib.sha256()
    for path in sorted(seen):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(repr((limits, sys.version_info[:3], platform.machine())).encode())
    return digest.hexdigest()


def result_key(clean: NotebookNode, stem: str, secret: bytes, version: str) -> str:
    """The key of a notebook's result in the store.

    Args:
        clean: the notebook as intake rebuilt it; outputs and nbgrader's checksums make no difference.
        stem: the technique.
        secret: the classroom's secret.
        version: the technique's `grading_version`.
    """
    cells = [[cell.cell_type, cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source] for cell in clean.cells]
    facts = [stem, version, hashlib.sha256(secret).hexdigest(), cells]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _follow(path: Path, seen: set[Path]) -> None:
    """Add a file and every module of ours that it imports, wherever in the file the import stands."""
    if path in seen or not path.is_file():
        return
    seen.add(path)
    if path.suffix == ".py":
        for name in _imports(path):
            for imported in _module_files(name):
                _follow(imported, seen)


def _imports(path: Path) -> Iterator[str]:
    package = ".".join(path.relative_to(ROOT).parent.parts)
    for node in _statements(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement below a node. `ast.walk` would visit every expression, too, of which there are far more."""
    for field in ("body", "orelse", "handlers", "finalbody", "cases"):
        for statement in getattr(node, field, ()):
            yield statement
            yield from _statements(statement)


def _module_files(name: str) -> Iterator[Path]:
    """The files of a module of ours: its own and those of the packages that it lies in."""
    parts = name.split(".")
    if parts[0] in ROOMS:
        for end in range(1, len(parts) + 1):
            place = ROOT.joinpath(*parts[:end])
            yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file())
