"""The directive ``quiz``: questions at the end of a chapter, in which every option has its own explanation.

The text of a quiz is plain MyST and can be read as it stands::

    ```{quiz}
    1. What do the scores of sensitivity analysis sum to?

       - wrong: The logit.

         That is the sum of a decomposition, such as simple Taylor decomposition.

       - right: The squared norm of the gradient.

         Summing the squared components of a vector gives its squared norm.
    ```

Each question becomes a native radio group: it works with the keyboard, is announced by screen readers, and needs no
server. Without JavaScript every explanation is a ``<details>`` that the reader can open. ``_static/quiz.js`` adds the
button that checks the chosen option. The pages of the book are HTML only, so there are visitors for HTML only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

VERDICTS = {"right:": True, "wrong:": False}
SHAPE = "a quiz is one numbered list of questions, each with a bullet list of options"


class QuizError(ValueError):
    """The text of a quiz is not a quiz; the message says which question or option, and what it lacks."""


class Quiz(nodes.General, nodes.Element):
    """All questions of one quiz."""


class Question(nodes.General, nodes.Element):
    """One question; ``serial`` makes its ids unique on the page, ``number`` counts from 1."""


class Prompt(nodes.Part, nodes.TextElement):
    """What a question asks: inline nodes only, for it becomes the legend of the radio group."""


class Option(nodes.General, nodes.Element):
    """One option, ``right`` or not; ``key`` is its id on the page."""


class OptionLabel(nodes.Part, nodes.TextElement):
    """The text of an option: inline nodes only."""


class Explanation(nodes.General, nodes.Element):
    """Why an option is right or wrong: any block of text."""


class QuizDirective(SphinxDirective):
    """Turn the list in the directive's content into a quiz; a malformed one is an error that fails the build."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the quiz."""
        try:
            return [read_quiz(self.parse_content_to_nodes(), self.env.new_serialno("quiz"))]
        except QuizError as error:
            raise self.error(f"quiz: {error}") from error


def read_quiz(content: list[nodes.Node], serial: int) -> Quiz:
    """Build the quiz that a numbered list describes.

    Args:
        content: What the directive holds: one ``enumerated_list``.
        serial: Number of the quiz on its page, from 0; ids are made of it.

    Returns:
        A ``Quiz`` of ``Question`` nodes.

    Raises:
        QuizError: If the list is not of the form that the module describes.

    Example:
        >>> read_quiz([nodes.paragraph("", "What?")], serial=0)
        Traceback (most recent call last):
        quiz.QuizError: expected a numbered list, found <paragraph>; a quiz is one numbered list of questions, ...
    """
    blocks = [node for node in content if not isinstance(node, nodes.comment)]
    if len(blocks) != 1 or not isinstance(blocks[0], nodes.enumerated_list):
        found = ", ".join(f"<{node.__class__.__name__}>" for node in blocks) or "nothing"
        raise QuizError(f"expected a numbered list, found {found}; {SHAPE}")
    quiz = Quiz()
    for number, item in enumerate(blocks[0].children, start=1):
        quiz += read_question(item, serial, number)
    return quiz


def read_question(item: nodes.Node, serial: int, number: int) -> Question:
    """Build one question: a paragraph, any further blocks, and a bullet list of options, exactly one of them right."""
    where = f"question {number}"
    if len(item.children) < 2 or not isinstance(item.children[0], nodes.paragraph):
        raise QuizError(f"{where} needs a paragraph that asks and a bullet list of options; {SHAPE}")
    asked, *blocks, options = item.children
    if not isinstance(options, nodes.bullet_list):
        raise QuizError(f"{where} must end with its bullet list of options, found <{options.__class__.__name__}>")
    question = Question("", Prompt("", "", *asked.children), *blocks, serial=serial, number=number)
    for position, child in enumerate(options.children, start=1):
        question += read_option(child, f"quiz-{serial}-{number}-{position}", f"{where}, option {position}")
    verdicts = [option["right"] for option in question.findall(Option)]
    if len(verdicts) < 2 or sum(verdicts) != 1:
        raise QuizError(f"{where} has {len(verdicts)} options, {sum(verdicts)} right; expected two or more, one right")
    return question


def read_option(item: nodes.Node, key: str, where: str) -> Option:
    """Build one option: a paragraph that starts with ``right:`` or ``wrong:``, then its explanation."""
    text = next(iter(item.children), None)
    words = text.children if isinstance(text, nodes.paragraph) else []
    first = next(iter(words), None)
    verdict, _, rest = str(first).lstrip().partition(" ") if isinstance(first, nodes.Text) else ("", "", "")
    if verdict not in VERDICTS:
        raise QuizError(f"{where} must start with 'right:' or 'wrong:', found {str(first)[:40]!r}")
    label = [nodes.Text(rest), *words[1:]]
    explanation = item.children[1:]
    if not "".join(node.astext() for node in explanation).strip():
        raise QuizError(f"{where} has no explanation; write it as an indented paragraph under the option")
    return Option("", OptionLabel("", "", *label), Explanation("", *explanation), right=VERDICTS[verdict], key=key)


def visit_quiz(self: HTML5Translator, _node: Quiz) -> None:
    """Open the group of all questions."""
    self.body.append('<div class="quiz" role="group" aria-label="Quiz">\n')


def depart_quiz(self: HTML5Translator, _node: Quiz) -> None:
    """Close the group."""
    self.body.append("</div>\n")


def visit_question(self: HTML5Translator, _node: Question) -> None:
    """Open a form of its own for each question, so that Enter checks that question."""
    self.body.append('<form class="quiz-question"><fieldset>\n')


def depart_question(self: HTML5Translator, _node: Question) -> None:
    """Close the form."""
    self.body.append("</fieldset></form>\n")


def visit_prompt(self: HTML5Translator, node: Prompt) -> None:
    """Open the legend of the radio group."""
    self.body.append(f'<legend><span class="quiz-number">Question {node.parent["number"]}.</span> ')


def depart_prompt(self: HTML5Translator, _node: Prompt) -> None:
    """Close the legend."""
    self.body.append("</legend>\n")


def visit_option(self: HTML5Translator, node: Option) -> None:
    """Open an option with its radio button."""
    key, group = node["key"], node["key"].rpartition("-")[0]
    value = "right" if node["right"] else "wrong"
    self.body.append(f'<div class="quiz-option"><input type="radio" id="{key}" name="{group}" value="{value}">\n')


def depart_option(self: HTML5Translator, _node: Option) -> None:
    """Close the option."""
    self.body.append("</div>\n")


def visit_option_label(self: HTML5Translator, node: OptionLabel) -> None:
    """Open the label of the radio button."""
    self.body.append(f'<label for="{node.parent["key"]}">')


def depart_option_label(self: HTML5Translator, _node: OptionLabel) -> None:
    """Close the label."""
    self.body.append("</label>\n")


def visit_explanation(self: HTML5Translator, node: Explanation) -> None:
    """Open the explanation, closed to the reader until it is asked for."""
    verdict = "Right." if node.parent["right"] else "Wrong."
    self.body.append('<details class="quiz-explanation"><summary>Explanation</summary>\n')
    self.body.append(f'<div class="quiz-explanation-text"><p class="quiz-verdict">{verdict}</p>\n')


def depart_explanation(self: HTML5Translator, _node: Explanation) -> None:
    """Close the explanation."""
    self.body.append("</div></details>\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and its nodes; jupyter-book itself loads what lies in ``_static``."""
    app.add_directive("quiz", QuizDirective)
    app.add_node(Quiz, html=(visit_quiz, depart_quiz))
    app.add_node(Question, html=(visit_question, depart_question))
    app.add_node(Prompt, html=(visit_prompt, depart_prompt))
    app.add_node(Option, html=(visit_option, depart_option))
    app.add_node(OptionLabel, html=(visit_option_label, depart_option_label))
    app.add_node(Explanation, html=(visit_explanation, depart_explanation))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
