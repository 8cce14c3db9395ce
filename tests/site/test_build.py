from contextlib import nullcontext

import pytest

from autograder.site import build as building
from autograder.site.build import BuildError, Watch


def watched(output):
    steps = []
    watch = Watch(lambda percent, page: steps.append((percent, page)))
    for line in output.split("\n"):
        watch.line(line + "\n")
    return steps, watch.problems


def test_progress_is_read_through_colors_and_carriage_returns():
    steps, problems = watched(
        "\x1b[01mreading sources... \x1b[39;49;00m[ 50%] \x1b[35mindex\x1b[39;49;00m\n"
        "writing output... [ 10%] a\rwriting output... [100%] lrp\n"
    )
    assert steps == [(50, "index"), (100, "lrp")]
    assert problems == []


def test_a_failing_cell_is_shown_without_the_way_to_it():
    _, problems = watched(
        "reading sources... [ 50%] index\n"
        "/book/index.md: WARNING: Executing notebook failed: CellExecutionError\n"
        "Traceback (most recent call last):\n"
        '  File "client.py", line 1, in execute\n'
        "nbclient.exceptions.CellExecutionError: An error occurred while executing the following cell:\n"
        "------------------\n"
        "1 / 0\n"
        "ZeroDivisionError: division by zero\n"
        "looking for now-outdated files... none found\n"
        "reading sources... [100%] lrp\n"
        "nothing to see\n"
    )
    assert problems == [
        "/book/index.md: WARNING: Executing notebook failed: CellExecutionError",
        "------------------",
        "1 / 0",
        "ZeroDivisionError: division by zero",
    ]


class NoKernels(nullcontext):
    environment = {}  # noqa: RUF012

    def __enter__(self):
        return self


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A house with one page, and a stand-in for everything that takes long."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.md").write_text("# Title")
    (tmp_path / "_build").mkdir()
    monkeypatch.setattr(building, "ROOT", tmp_path)
    monkeypatch.setattr(building, "OUTPUT", tmp_path / "_build" / "html")
    monkeypatch.setattr(building, "LOG", tmp_path / "_build" / "book.log")
    monkeypatch.setattr(building, "STAMP", tmp_path / "_build" / "book.stamp")
    monkeypatch.setattr(building.assets, "install", list)
    monkeypatch.setattr(building, "WarmKernels", NoKernels)
    return tmp_path


def runs(house, monkeypatch, code=0, text=""):
    """Let Jupyter Book be a shell script that counts its runs."""
    script = house / "jupyter-book"
    script.write_text(
        f"#!/bin/sh\necho run >> {house}/runs\nmkdir -p {house}/_build/html\nprintf '{text}'\nexit {code}\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr(building, "PROGRAM", script)


def test_it_builds_only_what_has_changed(house, monkeypatch):
    runs(house, monkeypatch)
    assert building.build() is True
    assert building.build() is False
    assert building.build(force=True) is True
    (house / "book" / "index.md").write_text("# Another title")
    assert building.build() is True
    assert (house / "runs").read_text().count("run") == 3


def test_a_failed_build_says_why_and_is_tried_again(house, monkeypatch):
    runs(house, monkeypatch, code=1, text="index.md:3: WARNING: undefined label\\n")
    for _ in range(2):
        with pytest.raises(BuildError, match=r"(?s)did not build:\nindex\.md:3: WARNING: undefined label\nAll of it: "):
            building.build()
    runs(house, monkeypatch)
    assert building.build() is True


def test_a_build_that_fails_without_a_warning_shows_its_last_lines(house, monkeypatch):
    runs(house, monkeypatch, code=3, text="Killed\\n")
    with pytest.raises(BuildError, match="Killed"):
        building.build()


PAGE = """---
jupytext: {text_representation: {format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
# A page

```{code-cell} python
CODE
```
"""


@pytest.mark.slow
def test_a_failing_cell_fails_the_build(tmp_path):
    """The whole way, with the real settings: what `make book` promises."""
    house = tmp_path / "house"
    house.mkdir()
    for name in ("_config.yml", "exercises", "requirements.txt", "solutions", "understanding_nn"):
        (house / name).symlink_to(building.ROOT / name)
    (house / "_build").mkdir()
    (house / "_build" / "assets").symlink_to(building.ROOT / "_build" / "assets")
    (house / "book").mkdir()
    (house / "book" / "_extensions").symlink_to(building.ROOT / "book" / "_extensions")
    (house / "book" / "references.bib").touch()
    (house / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (house / "book" / "index.md").write_text(PAGE.replace("CODE", "print(1 / 0)"))
    with pytest.MonkeyPatch.context() as patch:
        for name, path in {"ROOT": house, "LOG": house / "log"}.items():
            patch.setattr(building, name, path)
        with pytest.raises(BuildError, match="ZeroDivisionError"):
            building.run(lambda *_: None)
        (house / "book" / "index.md").write_text(PAGE.replace("CODE", "import tensorflow; print('fine')"))
        building.run(lambda *_: None)
    assert "fine" in (house / "_build" / "html" / "index.html").read_text()
