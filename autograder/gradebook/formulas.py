"""Formulas in feedback pages and in formgrader as MathML, which browsers show by themselves.

nbgrader's pages load MathJax from another host. Ours work with no network, and tell nobody who reads them.
"""

from __future__ import annotations

import html
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import jinja2
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.disk import write_atomically

TEMPLATES = Path(__file__).parent / "templates"
"""What takes the place of the part of nbconvert's templates that loads MathJax, for nbgrader's two templates."""

SHORTHANDS = ((re.compile(r"\\([td]?frac)\s*(\d)\s*(\d)"), r"\\\1{\2}{\3}"), (re.compile(r"\\dots\b"), r"\\ldots"))
"""TeX that docutils does not know, and the same in longer words."""


def install_templates() -> None:
    """Put our templates where nbconvert looks for those of this environment, before its own.

    Where this environment cannot be written to, nbgrader's own are used: the formulas show all the same.
    """
    place = Path(sys.prefix) / "share" / "jupyter" / "nbconvert" / "templates"
    for template in TEMPLATES.glob("*/*.j2"):
        target = place / template.relative_to(TEMPLATES)
        if not target.is_file() or target.read_bytes() != template.read_bytes():
            with suppress(OSError):
                write_atomically(target, template.read_bytes())


def to_mathml(tex: str, *, block: bool = False) -> str:
    r"""A formula as MathML; as its source where it is none that we can read.

    Args:
        tex: TeX without dollar signs.
        block: whether it stands in a line of its own.

    Example:
        >>> to_mathml("x^2").count("msup")
        2
    """
    longer = tex.strip()
    for shorthand, words in SHORTHANDS:
        longer = shorthand.sub(words, longer)
    try:
        return str(tex2mathml(longer, as_block=block))
    except (MathError, SyntaxError, ValueError, IndexError, KeyError, AttributeError, TypeError):
        return f"<code>{html.escape(tex)}</code>"


class FormulaRenderer(IPythonRenderer):
    """nbconvert's Markdown, its formulas in MathML."""

    def block_math(self, body: str) -> str:
        """Render a formula between double dollar signs."""
        return to_mathml(body, block=True)

    def inline_math(self, body: str) -> str:
        """Render a formula between dollar signs."""
        return to_mathml(body)

    def latex_environment(self, name: str, body: str) -> str:
        """Render an environment such as `align`."""
        return to_mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)


@jinja2.pass_context
def markdown2html(context: jinja2.runtime.Context, source: str) -> str:
    """Take the place of nbconvert's filter of this name."""
    cell: dict[str, Any] = context.get("cell", {})
    renderer = FormulaRenderer(escape=False, attachments=cell.get("attachments", {}), exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(source))
