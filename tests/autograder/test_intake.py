"""Intake against everything that happens to notebooks, by accident or on purpose."""

import copy
import json
import os
import socket
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import assembly
from autograder.intake import rebuild
from autograder.intake.matching import functions_of
from autograder.intake.rebuilding import plain_markdown

STEM = "sensitivity_analysis"
SOLUTIONS = ("logit_gradient-solution", "sensitivity_analysis-solution")


@pytest.fixture(scope="module")
def source():
    return assembly.assemble(STEM)


@pytest.fixture
def answered(source):
    """A well-formed hand-in, as plain JSON: the release with an answer in each solution cell."""
    notebook = json.loads(nbformat.writes(assembly.release_version(source)))
    for cell in notebook["cells"]:
        if cell["id"] in SOLUTIONS:
            cell["source"] = answer(cell["id"])
    return notebook


def answer(name):
    return f"def {name.removesuffix('-solution')}(model, x, target):\n    return 'mine'"


def cell_of(notebook, name):
    return next(cell for cell in notebook["cells"] if cell.get("id") == name)


def code(text, **facts):
    return {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None, **facts}


def taken_in(notebook, source):
    return rebuild(json.dumps(notebook).encode(), source)


def names(intake):
    return [cell.id for cell in intake.notebook.cells]


def text_of(intake, name):
    return next(cell.source for cell in intake.notebook.cells if cell.id == name)


def assert_clean(intake, source):
    """What holds for every result: valid, the exercise's own cells unchanged and in order, nothing else but sources."""
    nbformat.validate(intake.notebook)
    json.dumps(intake.notebook).encode("utf-8")
    known = [cell.id for cell in source.cells]
    assert [name for name in names(intake) if name in known] == known
    for cell in intake.notebook.cells:
        assert not cell.get("attachments")
        assert not cell.get("outputs")
        original = next((c for c in source.cells if c.id == cell.id), None)
        if original is None:
            assert cell.metadata == {}
            assert cell.cell_type == "code" or cell.source.startswith("```")
        else:
            assert cell.metadata == {"nbgrader": original.metadata.nbgrader}
            assert cell.cell_type == original.cell_type
            if not original.metadata.nbgrader.solution:
                assert cell.source == original.source


def test_takes_the_solution_cells_and_nothing_else_of_an_intact_notebook(answered, source):
    intake = taken_in(answered, source)
    assert intake.usable
    assert intake.notes == ()
    assert names(intake) == [cell.id for cell in source.cells]
    for name in SOLUTIONS:
        assert text_of(intake, name) == answer(name)
    assert_clean(intake, source)


def test_the_released_notebook_is_clean_and_blank(source):
    intake = rebuild(nbformat.writes(assembly.release_version(source)).encode(), source)
    assert intake.notes == ()
    assert "NotImplementedError" in text_of(intake, SOLUTIONS[0])
    assert "BEGIN SOLUTION" not in json.dumps(intake.notebook)


def test_keeps_the_own_cells_of_the_learner_at_their_place(answered, source):
    position = [cell["id"] for cell in answered["cells"]].index(SOLUTIONS[1])
    answered["cells"].insert(position + 1, code("helper = 2"))
    answered["cells"].insert(position, code("helper = 1"))
    answered["cells"].insert(0, code("first = 0"))
    intake = taken_in(answered, source)
    sources = [cell.source for cell in intake.notebook.cells]
    assert sources[0] == "first = 0"
    here = sources.index(answer(SOLUTIONS[1]))
    assert (sources[here - 1], sources[here + 1]) == ("helper = 1", "helper = 2")
    assert intake.notes == ()
    assert_clean(intake, source)


def test_own_markdown_does_nothing_but_show_its_text(answered, source):
    hostile = "<script>alert(1)</script> ![x](http://a.test/a.png) $\\href{javascript:b}{x}$\n```\n[a](javascript:b)"
    answered["cells"].append(
        {"cell_type": "markdown", "source": hostile, "metadata": {"name": "x"}, "attachments": {"a": {}}}
    )
    answered["cells"].append({"cell_type": "raw", "source": "<b>raw</b>", "metadata": {"format": "text/html"}})
    intake = taken_in(answered, source)
    last = intake.notebook.cells[-2:]
    assert [cell.cell_type for cell in last] == ["markdown", "markdown"]
    assert last[0].source == f"````\n{hostile}\n````"
    assert_clean(intake, source)


@pytest.mark.parametrize("text", ["", "`", "```", "````\n`````", "\n\n", "~~~", "    indented"])
def test_no_text_leaves_its_fence(text):
    first, *_, last = plain_markdown(text).split("\n")
    assert first == last
    assert set(first) == {"`"}
    assert first not in text


def test_changed_given_and_graded_cells_are_replaced_and_told(answered, source):
    cell_of(answered, "imports")["source"] = "import os; os.abort()"
    graded = cell_of(answered, "logit_gradient")
    graded["source"] = "4.0"
    graded["metadata"]["nbgrader"] |= {"points": 1000, "grade": True, "schema_version": 1, "task": True}
    intake = taken_in(answered, source)
    assert_clean(intake, source)
    assert "The given cell 'imports' had been changed; the original was used." in intake.notes
    assert "The given cell 'logit_gradient' had been changed; the original was used." in intake.notes


def test_outputs_attachments_and_metadata_are_gone(answered, source):
    for cell in answered["cells"]:
        cell["metadata"]["evil"] = "<script>"
        cell["attachments"] = {"a.png": {"image/png": "x"}}
        cell["outputs"] = [{"output_type": "display_data", "data": {"text/html": "<script>"}, "metadata": {}}]
    answered["metadata"] = {"kernelspec": {"name": "evil", "display_name": "x"}, "widgets": {"a": 1}}
    intake = taken_in(answered, source)
    assert "<script>" not in json.dumps(intake.notebook)
    assert intake.notebook.metadata == {"kernelspec": assembly.KERNELSPEC}
    assert_clean(intake, source)


def test_a_deleted_solution_stays_empty_so_that_an_extra_cell_may_define_it(answered, source):
    answered["cells"] = [cell for cell in answered["cells"] if cell["id"] != SOLUTIONS[0]]
    intake = taken_in(answered, source)
    assert text_of(intake, SOLUTIONS[0]) == ""
    assert text_of(intake, SOLUTIONS[1]) == answer(SOLUTIONS[1])
    assert f"The cell '{SOLUTIONS[0]}' was missing; it was left empty." in intake.notes
    assert_clean(intake, source)


@pytest.mark.parametrize("damage", ["renamed", "nameless"])
def test_a_solution_that_lost_its_name_is_known_by_its_function(answered, source, damage):
    cell = cell_of(answered, SOLUTIONS[0])
    cell["metadata"] = {"nbgrader": {"grade_id": "other"}} if damage == "renamed" else {}
    cell["id"] = "0123abcd"
    intake = taken_in(answered, source)
    assert text_of(intake, SOLUTIONS[0]) == answer(SOLUTIONS[0])
    assert intake.notes == (f"The cell '{SOLUTIONS[0]}' was missing; its functions were found in another cell.",)
    assert_clean(intake, source)


def test_a_solution_merged_into_a_given_cell_is_found(answered, source):
    given_cell = cell_of(answered, "imports")
    given_cell["source"] += "\n" + cell_of(answered, SOLUTIONS[0])["source"]
    answered["cells"] = [cell for cell in answered["cells"] if cell["id"] != SOLUTIONS[0]]
    intake = taken_in(answered, source)
    assert answer(SOLUTIONS[0]) in text_of(intake, SOLUTIONS[0])
    assert_clean(intake, source)


def test_two_solutions_merged_into_one_cell_run_once(answered, source):
    cell_of(answered, SOLUTIONS[0])["source"] += "\n\n" + answer(SOLUTIONS[1])
    answered["cells"] = [cell for cell in answered["cells"] if cell["id"] != SOLUTIONS[1]]
    intake = taken_in(answered, source)
    assert answer(SOLUTIONS[1]) in text_of(intake, SOLUTIONS[0])
    assert text_of(intake, SOLUTIONS[1]) == ""
    assert_clean(intake, source)


def test_of_copies_the_first_answer_counts_and_changed_ones_run_where_they_stand(answered, source):
    first = cell_of(answered, SOLUTIONS[0])
    blank = next(c for c in assembly.release_version(source).cells if c.id == SOLUTIONS[0])
    later = {**copy.deepcopy(first), "source": answer(SOLUTIONS[0]) + "  # second try"}
    position = answered["cells"].index(first)
    answered["cells"][position:position] = [{**copy.deepcopy(first), "source": blank.source}]
    answered["cells"].append(later)
    intake = taken_in(answered, source)
    assert text_of(intake, SOLUTIONS[0]) == answer(SOLUTIONS[0])
    assert intake.notebook.cells[-1].source.endswith("# second try")
    assert json.dumps(intake.notebook).count("NotImplementedError") == json.dumps(source).count("NotImplementedError")
    assert len(intake.notes) == 1
    assert_clean(intake, source)


def test_reordered_cells_go_back_to_their_places(answered, source):
    answered["cells"].reverse()
    intake = taken_in(answered, source)
    assert names(intake) == [cell.id for cell in source.cells]
    assert any("order" in note for note in intake.notes)


def test_emptied_and_retyped_cells(answered, source):
    cell_of(answered, SOLUTIONS[0])["source"] = "  \n"
    retyped = cell_of(answered, SOLUTIONS[1])
    retyped["cell_type"] = "markdown"
    intake = taken_in(answered, source)
    assert text_of(intake, SOLUTIONS[0]).strip() == ""
    assert text_of(intake, SOLUTIONS[1]) == answer(SOLUTIONS[1])
    assert_clean(intake, source)


def test_a_notebook_without_any_name_is_still_recognized(answered, source):
    for cell in answered["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    answered["cells"].insert(3, code("mine = 1"))
    intake = taken_in(answered, source)
    for name in SOLUTIONS:
        assert text_of(intake, name) == answer(name)
    assert "mine = 1" in [cell.source for cell in intake.notebook.cells]
    assert_clean(intake, source)


def as_version_3(notebook):
    cells = []
    for cell in notebook["cells"]:
        old = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        old["input" if cell["cell_type"] == "code" else "source"] = cell["source"]
        cells.append(old | ({"language": "python", "outputs": []} if cell["cell_type"] == "code" else {}))
    heading = {"cell_type": "heading", "level": 1, "source": "A heading", "metadata": {}}
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [heading, *cells]}]}


def test_reads_notebook_version_3(answered, source):
    intake = taken_in(as_version_3(answered), source)
    assert text_of(intake, SOLUTIONS[0]) == answer(SOLUTIONS[0])
    assert_clean(intake, source)


@pytest.mark.parametrize("minor", range(6))
def test_reads_every_minor_of_version_4(answered, source, minor):
    answered["nbformat_minor"] = minor
    if minor < 5:
        for cell in answered["cells"]:
            del cell["id"]
    intake = taken_in(answered, source)
    assert intake.notes == ()
    assert text_of(intake, SOLUTIONS[1]) == answer(SOLUTIONS[1])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "latin-1"])
def test_reads_other_encodings(answered, source, encoding):
    cell_of(answered, SOLUTIONS[0])["source"] += "  # Größe"
    raw = json.dumps(answered, ensure_ascii=False).replace("\u2212", "-").encode(encoding, "replace")
    intake = rebuild(raw, source)
    assert text_of(intake, SOLUTIONS[0]).endswith("# Größe")
    assert_clean(intake, source)


def test_nan_huge_numbers_and_lone_surrogates_break_nothing(answered, source):
    cell_of(answered, SOLUTIONS[0])["source"] += "  # \ud800 \0"
    raw = json.dumps(answered).replace('"nbformat": 4', '"nbformat": NaN, "x": -Infinity, "y": ' + "9" * 10_000)
    intake = rebuild(raw.encode(), source)
    assert intake.usable
    assert_clean(intake, source)


def test_a_hundred_megabytes_of_outputs_cost_nothing_but_time(answered, source):
    raw = json.dumps(answered).replace('"outputs": []', '"outputs": ["' + "1, 2, [3] " * 10_000_000 + '"]', 1).encode()
    assert len(raw) > 100_000_000
    intake = rebuild(raw, source)
    assert text_of(intake, SOLUTIONS[0]) == answer(SOLUTIONS[0])
    assert intake.notes == ()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"\0" * 100, "empty"),
        (b"import numpy as np\nprint(1)\n", "a Python file"),
        (b"PK\x03\x04 and so on", "a zip archive"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b'{"cells": [{"cell_type": "co', "damaged or cut off"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"cells":' + b'[{"a":' * 100_000, "nested too deeply"),
        (b"[1, 2]", "though it is JSON"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"cells": {"a": 1}}', "no list of cells"),
        (b'{"cells": [' + b"[],[]," * 2_000_001 + b"[]]}", "values"),
    ],
)
def test_what_is_no_notebook_becomes_the_blank_release(source, raw, reason):
    intake = rebuild(raw, source)
    assert not intake.usable
    assert len(intake.notes) == 1
    assert reason in intake.notes[0]
    assert "NotImplementedError" in text_of(intake, SOLUTIONS[0])
    assert_clean(intake, source)


@pytest.mark.parametrize("cell", [None, 3, [], {}, {"source": {}}, {"source": [1]}, {"cell_type": [], "metadata": []}])
def test_odd_cells_among_good_ones_cost_only_themselves(answered, source, cell):
    answered["cells"].insert(2, cell)
    intake = taken_in(answered, source)
    assert text_of(intake, SOLUTIONS[0]) == answer(SOLUTIONS[0])
    assert_clean(intake, source)


def test_too_many_and_too_long_cells_are_left_out_and_told(answered, source):
    answered["cells"][1:1] = [code("#" * 300_000)]
    answered["cells"] += [code(str(number)) for number in range(3_000)]
    intake = taken_in(answered, source)
    assert len(intake.notebook.cells) <= 2_000
    assert any("too long" in note for note in intake.notes)
    assert any("more than 2000 cells" in note for note in intake.notes)


def test_only_plain_files_are_opened(tmp_path, answered, source):
    good = tmp_path / "good.ipynb"
    good.write_text(json.dumps(answered))
    (tmp_path / "link.ipynb").symlink_to(good)
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "linked").symlink_to(tmp_path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket.ipynb"))
    listener.close()
    assert rebuild(good, source).usable
    assert rebuild(good, source, below=tmp_path).usable
    for name in ("link", "folder", "pipe", "socket", "missing", "x" * 300):
        intake = rebuild(tmp_path / f"{name}.ipynb", source)
        assert not intake.usable
        assert_clean(intake, source)
    assert not rebuild(tmp_path / "linked" / "good.ipynb", source, below=tmp_path).usable
    assert not rebuild(Path("/dev/zero"), source).usable


def test_a_hostile_text_cannot_bring_down_the_parser():
    assert functions_of("(" * 100_000 + "\ndef f(): pass\n" + "-" * 100_000) == {"f"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_mutation_stops_it_or_changes_the_exercise(answered, source, data):
    notebook = copy.deepcopy(answered)
    cells = notebook["cells"]
    for _ in range(data.draw(st.integers(1, 8))):
        position = data.draw(st.integers(0, max(0, len(cells) - 1)))
        action = data.draw(st.sampled_from(["delete", "double", "swap", "value", "source", "insert", "key"]))
        if action == "insert" or not cells:
            cells.insert(position, data.draw(json_values))
        elif action == "delete":
            del cells[position]
        elif action == "double":
            cells.insert(data.draw(st.integers(0, len(cells))), copy.deepcopy(cells[position]))
        elif action == "swap":
            cells[position], cells[0] = cells[0], cells[position]
        elif isinstance(cells[position], dict) and cells[position]:
            key = data.draw(st.sampled_from(sorted(cells[position]))) if action != "source" else "source"
            if action == "key":
                del cells[position][key]
            else:
                cells[position][key] = data.draw(json_values)
    intake = taken_in(notebook, source)
    assert_clean(intake, source)
    assert intake == taken_in(notebook, source)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_to_the_bytes_stops_it(answered, source, data):
    raw = bytearray(json.dumps(answered).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        position = data.draw(st.integers(0, len(raw) - 1))
        raw[position : position + data.draw(st.integers(0, 50))] = data.draw(st.binary(max_size=8))
    assert_clean(rebuild(bytes(raw), source), source)
