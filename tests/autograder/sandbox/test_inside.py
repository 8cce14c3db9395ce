"""What a submission can see is only what lies in `inside/`, and that folder needs nothing else of ours."""

import ast
from pathlib import Path

import pytest

from autograder.sandbox import bubblewrap

MODULES = sorted(bubblewrap.inside_folder().glob("*.py"))
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_inside_imports_nothing_of_the_autograder(module):
    for node in ast.walk(ast.parse(module.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level <= 1
            names = [node.module or ""] if node.level == 0 else []
        assert not [name for name in names if name.split(".")[0] in ("autograder", "solutions")]


def test_nothing_that_is_shown_contains_the_project():
    for source, _ in bubblewrap.view().binds:
        assert not ROOT.is_relative_to(source), f"{source} is or contains the project"


def test_nothing_is_shown_under_its_own_name():
    for source, target in bubblewrap.view().binds:
        assert not target.startswith(str(ROOT))
        assert source != target or target.startswith("/lib64/")
