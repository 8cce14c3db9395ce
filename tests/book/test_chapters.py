"""Every chapter has the parts of a chapter, in order; each check is shown to fail on a chapter that lacks the part."""

import re
from dataclasses import dataclass

import pytest
import yaml

from autograder.rooms import BOOK, pages

NOT_CHAPTERS = {"index", "how_to_use", "notation", "gallery", "which_explanation", "glossary", "references"}
HEADINGS = [
    "The question",
    "A toy network by hand",
    "The derivation",
    "Step by step in TensorFlow",
    "Results on digits",
    "Predict, then run",
    "Strengths, limitations, and when it misleads",
    "Quiz",
    "Exercise",
    "Key points",
    "References",
]
ASPECTS = ["Strengths", "Limitations", "When it misleads"]
LONGEST_CODE_LINE = 88  # what a page of the theme shows without scrolling
CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n(?:---\n(.*?)\n---\n)?((?::[^\n]*\n)*)(.*?)^```$", re.MULTILINE | re.DOTALL
)
CITATION = re.compile(r"\{cite:[a-z]\}`([^`]+)`")
EQUATION = re.compile(r"^\$\$ \(([a-z0-9-]+)\)$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    options: dict
    tags: tuple[str, ...]
    source: str

    @property
    def figure(self) -> bool:
        image = self.options.get("mystnb", {})
        return bool(image.get("figure", {}).get("caption") and image.get("image", {}).get("alt"))


def cells(text: str) -> list[Cell]:
    found = []
    for block, lines, source in CELL.findall(text):
        options = yaml.safe_load(block) if block else {}
        options |= {key: yaml.safe_load(value) for key, value in re.findall(r"^:(\w+): (.*)$", lines, re.MULTILINE)}
        found.append(Cell(options, tuple(options.get("tags", ())), source))
    return found


def sections(text: str) -> dict[str, str]:
    """Titles of the second level, in order, with the text below each; "" is what comes before the first."""
    outside_cells = CELL.sub(lambda cell: cell[0].replace("\n#", "\n\0#"), text)
    title, *rest = re.split(r"^## (.+)\n", outside_cells, flags=re.MULTILINE)
    return {"": title.replace("\0", "")} | {
        name: body.replace("\0", "") for name, body in zip(rest[::2], rest[1::2], strict=True)
    }


def faults(stem: str, text: str) -> list[str]:
    """What a chapter lacks, in words."""
    parts = sections(text)
    if list(parts)[1:] != HEADINGS:
        return [f"headings are {list(parts)[1:]}, expected {HEADINGS}"]
    return [fault for fault, found in checks(stem, parts).items() if not found]


def checks(stem: str, parts: dict[str, str]) -> dict[str, bool]:
    """Each requirement of a chapter, and whether it is met."""
    opening, derivation, steps = parts[""], parts["The derivation"], parts["Step by step in TensorFlow"]
    quiz = re.findall(r"^\d+\. ", parts["Quiz"], re.MULTILINE)
    aspects = re.split(r"^### (.+)\n", parts["Strengths, limitations, and when it misleads"], flags=re.MULTILINE)
    before_results = [cell for heading in ["", *HEADINGS[:4]] for cell in cells(parts[heading])]
    return {
        "front matter of a notebook": "file_format: mystnb" in opening and "name: python3" in opening,
        "title": bool(re.search(r"^# \S", opening, re.MULTILINE)),
        "what you will be able to do": "What you will be able to do" in opening and opening.count("\n- ") >= 3,
        "prerequisites": "**You need**" in opening,
        "minutes": bool(re.search(r"\*\*It takes\*\* about \d+ minutes", opening)),
        "picture of the question": any(cell.figure for cell in cells(parts["The question"])),
        "toy in NumPy": any("np." in c.source and "tf." not in c.source for c in cells(parts["A toy network by hand"])),
        "toy by hand": "$" in parts["A toy network by hand"],
        "numbered equations": len(EQUATION.findall(derivation)) >= 3,
        "citations": bool(CITATION.search(derivation)),
        "steps in TensorFlow": sum("tf." in c.source or "tape." in c.source for c in cells(steps)) >= 3,
        "steps tied to equations": steps.count("{eq}`") >= 3,
        "results with solutions": any(f"from solutions.{stem}" in c.source for c in cells(parts["Results on digits"])),
        "figure of results": any(cell.figure for cell in cells(parts["Results on digits"])),
        "experiment hidden until run": any("hide-output" in cell.tags for cell in cells(parts["Predict, then run"])),
        "question before the experiment": "?" in parts["Predict, then run"].split("```")[0],
        "strengths, limitations, when it misleads": aspects[1::2] == ASPECTS,
        "each aspect shown": all(re.search(r"\{eq\}|\{cite|code-cell", body) for body in aspects[2::2]),
        "quiz of four questions": "```{quiz}" in parts["Quiz"] and len(quiz) >= 4,
        "exercise box": f"```{{exercise-box}} {stem}\n```" in parts["Exercise"],
        "key points": parts["Key points"].count("\n- ") >= 3,
        "references": "```{bibliography}\n:filter: docname in docnames\n" in parts["References"],
        "nothing of the solutions before the results": not any("solutions" in cell.source for cell in before_results),
    }


def chapters() -> list[str]:
    return [page for page in pages() if page not in NOT_CHAPTERS]


PAGES_WITH_CELLS = [page for page in pages() if "{code-cell}" in (BOOK / f"{page}.md").read_text("utf-8")]


def text_of(stem: str) -> str:
    return (BOOK / f"{stem}.md").read_text("utf-8")


def test_there_is_a_chapter():
    assert "sensitivity_analysis" in chapters()


@pytest.mark.parametrize("stem", chapters())
def test_a_chapter_has_every_part(stem):
    assert faults(stem, text_of(stem)) == []


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_chapter_without_one_section_fails(heading):
    text = text_of("sensitivity_analysis")
    start = text.index(f"\n## {heading}\n")
    end = text.find("\n## ", start + 1)
    assert faults("sensitivity_analysis", text[:start] + (text[end:] if end > 0 else "")) != []


@pytest.mark.parametrize(
    ("lost", "instead", "fault"),
    [
        ("file_format: mystnb", "", "front matter of a notebook"),
        ("\n# Sensitivity analysis", "", "title"),
        ("What you will be able to do", "Hello", "what you will be able to do"),
        ("**You need**", "", "prerequisites"),
        ("**It takes**", "", "minutes"),
        ("name: sa-fig-question\n    caption: ", "name: sa-fig-question\n    legend: ", "picture of the question"),
        ("np.", "tf.", "toy in NumPy"),
        ("(sa-", "((sa-", "numbered equations"),
        ("{cite:", "{site:", "citations"),
        ("{eq}", "{ref}", "steps tied to equations"),
        ("from solutions.sensitivity_analysis", "from solutions.lrp", "results with solutions"),
        ("name: sa-fig-digits\n    caption: ", "name: sa-fig-digits\n    legend: ", "figure of results"),
        ("hide-output", "hide-input", "experiment hidden until run"),
        ("### Limitations", "### Limits", "strengths, limitations, when it misleads"),
        ("\n4. For one image", "\nFor one image", None),
        ("\n1. What do the scores", "\nWhat do the scores", None),
        ("```{exercise-box} sensitivity_analysis", "```{exercise-box} lrp", "exercise box"),
        ("```{bibliography}", "```{footbibliography}", "references"),
        ("import tensorflow as tf\n", "import tensorflow as tf\nimport solutions\n", "nothing of the solutions"),
    ],
)
def test_a_chapter_that_lacks_a_part_fails(lost, instead, fault):
    text = text_of("sensitivity_analysis")
    assert lost in text
    found = faults("sensitivity_analysis", text.replace(lost, instead))
    if fault is None:  # one question less still leaves four; two less do not
        found = faults("sensitivity_analysis", text.replace(lost, instead).replace("\n2. You add", "\nYou add"))
        fault = "quiz of four questions"
    assert any(fault in each for each in found), found


@pytest.mark.parametrize("page", PAGES_WITH_CELLS)
def test_figures_can_be_heard(page):
    """A cell that is said to be a figure has a caption and a text that stands for the picture."""
    said = [cell for cell in cells(text_of(page)) if {"figure", "image"} & set(cell.options.get("mystnb", {}))]
    assert said
    assert all(cell.figure for cell in said)


@pytest.mark.parametrize("page", PAGES_WITH_CELLS)
def test_code_needs_no_scrolling(page):
    lines = [line for cell in cells(text_of(page)) for line in cell.source.splitlines()]
    assert [line for line in lines if len(line) > LONGEST_CODE_LINE] == []


@pytest.mark.parametrize("page", PAGES_WITH_CELLS)
def test_code_is_python(page):
    for cell in cells(text_of(page)):
        compile(cell.source, page, "exec")


def test_equation_labels_are_used_once():
    labels = [label for page in pages() for label in EQUATION.findall(text_of(page))]
    assert labels
    assert len(labels) == len(set(labels))
