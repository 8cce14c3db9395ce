"""Formulas without a script: MathML in place of MathJax."""

import re
import sys
from pathlib import Path

import pytest

from autograder.gradebook import formulas
from autograder.gradebook.formulas import install_templates, to_mathml
from autograder.rooms import EXERCISES

FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|(?<![\\$])\$(?P<inline>[^$\n]+?)\$", re.DOTALL)


@pytest.mark.parametrize("path", sorted(EXERCISES.glob("*.md")), ids=lambda path: path.stem)
def test_every_formula_of_the_exercises_can_be_shown(path):
    found = [match["block"] or match["inline"] for match in FORMULA.finditer(path.read_text("utf-8"))]
    assert [tex for tex in found if not to_mathml(tex).startswith("<math")] == []


def test_what_is_no_formula_is_shown_as_it_is_written():
    assert to_mathml(r"\nothing{<b>}") == r"<code>\nothing{&lt;b&gt;}</code>"
    assert "<script>" not in to_mathml("<script>")


def test_templates_are_put_before_those_of_nbconvert(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    install_templates()
    made = {path.relative_to(tmp_path / "share/jupyter/nbconvert/templates") for path in tmp_path.rglob("*.j2")}
    assert made == {Path("feedback/mathjax.html.j2"), Path("formgrade/mathjax.html.j2")}
    monkeypatch.setattr(formulas, "write_atomically", lambda *_: pytest.fail("nothing has changed"))
    install_templates()
