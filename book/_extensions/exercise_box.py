"""The directive ``exercise-box``: a chapter's exercise, with its points and the links to open, download and hand it in.

::

    ```{exercise-box} sensitivity_analysis
    ```

Everything that the box says is read from ``exercises/<stem>.md``, so that chapter and exercise cannot disagree. Its
links are relative to the page: the course server serves the book at ``<base>/course/book/`` and answers at
``<base>/course/{open,download,hand-in}/<stem>``. ``_static/exercise_box.js`` shows the Report in the page; on a page
that was opened without the server it puts a note on how to start it in the place of the links.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

STEM = re.compile(r"[a-z][a-z0-9_]*")
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
CODE_CELL = re.compile(r"^(```+)\{code-cell\}[^\n]*\n((?::[^\n]*\n)*)", re.MULTILINE)
OPTION = re.compile(r"^:([a-z-]+):[ \t]*(.*)$", re.MULTILINE)


class ExerciseBoxError(ValueError):
    """The exercise of a box cannot be read; the message says what is missing and where."""


@dataclass(frozen=True)
class Summary:
    """What a box says of an exercise.

    Attributes:
        title: The exercise's title.
        minutes: How long it takes, in minutes.
        difficulty: One word, as in the exercise's front matter.
        parts: Name and points of each graded part, in order.
    """

    title: str
    minutes: int
    difficulty: str
    parts: tuple[tuple[str, int], ...]

    @property
    def points(self) -> int:
        """The sum of the points of all parts."""
        return sum(points for _, points in self.parts)


class ExerciseBox(nodes.General, nodes.Element):
    """A box: ``stem``, ``summary`` and ``root``, the way from the page to the server's ``course/``."""


def read_summary(text: str) -> Summary:
    """Read what a box needs from the text of an exercise.

    Args:
        text: The text of ``exercises/<stem>.md``: YAML front matter, then MyST.

    Returns:
        The summary.

    Raises:
        ExerciseBoxError: If the front matter lacks a field, or no cell is graded, or a graded cell has no points.

    Example:
        >>> front_matter = ["---", "title: A title", "minutes: 30", "difficulty: easy", "---"]
        >>> cell = ["```{code-cell} python", ":graded: part_one", ":points: 4", "0.0", "```"]
        >>> read_summary(chr(10).join([*front_matter, *cell])).points
        4
    """
    front_matter = FRONT_MATTER.match(text)
    fields = (yaml.safe_load(front_matter.group(1)) if front_matter else None) or {}
    missing = [name for name in ("title", "minutes", "difficulty") if name not in fields]
    if missing:
        raise ExerciseBoxError(f"the front matter lacks {', '.join(missing)}")
    options = [dict(OPTION.findall(block)) for _, block in CODE_CELL.findall(text)]
    graded = [cell for cell in options if "graded" in cell]
    if not graded:
        raise ExerciseBoxError("no code cell has the option ':graded:'")
    if not all(cell.get("points", "").isdigit() for cell in graded):
        raise ExerciseBoxError("each graded cell needs ':points:' with a whole number")
    parts = tuple((cell["graded"], int(cell["points"])) for cell in graded)
    return Summary(str(fields["title"]), int(fields["minutes"]), str(fields["difficulty"]), parts)


class ExerciseBoxDirective(SphinxDirective):
    """Put the box of one stem into the page; a stem without an exercise is an error that fails the build."""

    required_arguments = 1
    has_content = False

    def run(self) -> list[nodes.Node]:
        """Return the box."""
        stem = self.arguments[0]
        if not STEM.fullmatch(stem):
            raise self.error(f"exercise-box: {stem!r} is not a stem; expected lower-case letters, digits and _")
        path = Path(self.env.srcdir, self.config.exercises_folder, f"{stem}.md").resolve()
        self.env.note_dependency(str(path))
        try:
            summary = read_summary(path.read_text("utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise self.error(f"exercise-box: cannot read the exercise of {stem!r}: {error}") from error
        root = "../" * (self.env.docname.count("/") + 1)
        return [ExerciseBox(stem=stem, summary=summary, root=root)]


def visit_exercise_box(self: HTML5Translator, node: ExerciseBox) -> None:
    """Write the whole box; the script finds its pieces by their classes."""
    stem, summary, root = node["stem"], node["summary"], node["root"]
    parts = "".join(
        f"<li><code>{escape(name)}</code> <span>{points} {plural(points, 'point')}</span></li>"
        for name, points in summary.parts
    )
    self.body.append(
        f'<section class="exercise-box" data-stem="{stem}" aria-label="Exercise: {escape(summary.title)}">\n'
        f'<p class="exercise-title">Exercise: {escape(summary.title)}</p>\n'
        f'<p class="exercise-facts"><span>{summary.points} {plural(summary.points, "point")}</span> '
        f"<span>about {summary.minutes} minutes</span> <span>difficulty: {escape(summary.difficulty)}</span></p>\n"
        f'<ul class="exercise-parts">{parts}</ul>\n'
        '<p class="exercise-actions">\n'
        f'<a class="exercise-open" href="{root}open/{stem}">Open in JupyterLab</a>\n'
        f'<a class="exercise-download" href="{root}download/{stem}">Download the notebook</a>\n'
        f'<a class="exercise-hand-in" href="{root}hand-in/{stem}">Hand in</a>\n</p>\n'
        '<p class="exercise-saved">Handed in is your copy as it was last saved in JupyterLab.</p>\n'
        '<p class="exercise-offline">These links need the course server. Start it with <code>make course</code> in '
        "the course's folder, then open the address that it prints.</p>\n"
        '<div class="exercise-report" role="status" aria-live="polite"></div>\n</section>\n'
    )
    raise nodes.SkipNode


def plural(count: int, word: str) -> str:
    """Return the word in the number that the count asks for."""
    return word if count == 1 else f"{word}s"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive; ``exercises_folder`` is relative to the book's sources."""
    app.add_config_value("exercises_folder", "../exercises", "env")
    app.add_directive("exercise-box", ExerciseBoxDirective)
    app.add_node(ExerciseBox, html=(visit_exercise_box, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
