"""The extensions of the book, modules in a folder that Sphinx puts on the path, and a small book to try them in."""

import sys
from io import StringIO
from pathlib import Path

import pytest

from autograder.rooms import BOOK

sys.path.insert(0, str(BOOK / "_extensions"))

CONFIGURATION = """
extensions = ["myst_parser", "quiz", "exercise_box"]
myst_enable_extensions = ["dollarmath"]
exercises_folder = "../exercises"
"""


class SmallBook:
    """A book of a few pages, built with the course's extensions and nothing else."""

    def __init__(self, folder: Path):
        self.source, self.output, self.exercises = folder / "book", folder / "html", folder / "exercises"
        self.source.mkdir()
        self.exercises.mkdir()
        (self.source / "conf.py").write_text(CONFIGURATION)

    def build(self, **pages: str) -> str:
        """Write the pages (`part__page` lies in a folder), build all, and return the warnings."""
        from sphinx.application import Sphinx
        from sphinx.util.docutils import docutils_namespace, patch_docutils

        names = [name.replace("__", "/") for name in pages]
        toctree = "\n".join(["# Contents", "```{toctree}", *names, "```"])
        for name, text in {"index": toctree, **dict(zip(names, pages.values(), strict=True))}.items():
            path = self.source / f"{name}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text if text.startswith("#") else f"# {name}\n\n{text}")
        warnings = StringIO()
        trees = self.output.parent / "trees"
        with patch_docutils(), docutils_namespace():  # docutils registers directives and roles for the whole process
            app = Sphinx(self.source, self.source, self.output, trees, "html", status=None, warning=warnings)
            app.build()
        return warnings.getvalue()

    def page(self, name: str):
        from bs4 import BeautifulSoup

        return BeautifulSoup((self.output / f"{name}.html").read_text("utf-8"), "html.parser")


@pytest.fixture
def small_book(tmp_path):
    return SmallBook(tmp_path)
