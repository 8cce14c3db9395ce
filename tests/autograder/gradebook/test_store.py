"""Results are found again, whole or not at all."""

import json

import nbformat
import pytest

from autograder import assembly, rooms
from autograder.gradebook import fingerprint
from autograder.gradebook.fingerprint import grading_version, result_key
from autograder.gradebook.store import Result, ResultStore
from autograder.report import CellReport, Report
from autograder.sandbox import Limits

KEY = "ab" + "0" * 62


def make_result(outcome="failed"):
    cell = CellReport("part", 1.5, 4.0, outcome, "Message", "name", "Hint")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", id="a")])
    return Result(Report("lrp", (cell,), (), 1.0, 0.5), notebook)


def test_what_is_put_is_got_by_another_process(tmp_path):
    ResultStore(tmp_path).put(KEY, make_result())
    assert ResultStore(tmp_path).get(KEY) == make_result()
    assert ResultStore(tmp_path).get("cd" + KEY[2:]) is None


def test_results_on_disk_are_counted(tmp_path):
    store = ResultStore(tmp_path / "results")
    assert store.count() == 0
    store.put(KEY, make_result())
    store.put("cd" + KEY[2:], make_result())
    store.put("ef" + KEY[2:], make_result("could-not-tell"))
    assert store.count() == 2


def test_what_could_not_be_told_is_forgotten_with_the_run(tmp_path):
    store = ResultStore(tmp_path)
    store.put(KEY, make_result("could-not-tell"))
    assert store.get(KEY) == make_result("could-not-tell")
    assert ResultStore(tmp_path).get(KEY) is None
    store.put(KEY, make_result())
    assert store.get(KEY) == make_result()


@pytest.mark.parametrize("damage", ["cut", "empty", "other key", "no report", "list"])
def test_a_damaged_result_is_none(tmp_path, damage):
    store = ResultStore(tmp_path)
    store.put(KEY, make_result())
    (path,) = tmp_path.rglob("*.json")
    data = json.loads(path.read_text())
    texts = {
        "cut": path.read_text()[:50],
        "empty": "",
        "other key": json.dumps({**data, "key": "x"}),
        "no report": json.dumps({"key": KEY}),
        "list": "[]",
    }
    path.write_text(texts[damage])
    assert store.get(KEY) is None


def test_the_key_follows_sources_and_nothing_else(stem):
    notebook = assembly.release_version(assembly.assemble(stem))
    key = result_key(notebook, stem, b"secret", "version")
    same = nbformat.from_dict(notebook)
    for cell in same.cells:
        cell.metadata.nbgrader["checksum"] = "another"
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text="x")]
    assert result_key(same, stem, b"secret", "version") == key
    other = nbformat.from_dict(notebook)
    other.cells[-1].source += " "
    keys = {
        key,
        result_key(other, stem, b"secret", "version"),
        result_key(notebook, stem, b"other", "version"),
        result_key(notebook, stem, b"secret", "other"),
        result_key(notebook, "lrp", b"secret", "version"),
    }
    assert len(keys) == 5


def test_the_version_follows_what_grading_depends_on(stem, tmp_path, monkeypatch):
    root = tmp_path
    files = {
        "autograder/__init__.py": "",
        "autograder/engine.py": "import os\n",
        "autograder/collect.py": "",
        "autograder/graders/__init__.py": "",
        "autograder/graders/lrp.py": "def f():\n    from solutions import lrp\n    from ..grading import tools\n",
        "autograder/graders/cam.py": "",
        "autograder/misconceptions/__init__.py": "",
        "autograder/misconceptions/lrp.py": "from autograder.grading import tools\n",
        "autograder/misconceptions/cam.py": "",
        "autograder/grading/tools.py": "",
        "autograder/sandbox/limits.py": "",
        "solutions/lrp.py": "import solutions.sensitivity_analysis\n",
        "solutions/sensitivity_analysis.py": "",
        "solutions/cam.py": "",
        "understanding_nn/weights.npz": "",
        "exercises/lrp.md": "",
        "exercises/cam.md": "",
        "requirements.txt": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setattr(fingerprint, "ROOT", root)
    monkeypatch.setattr(fingerprint, "EXERCISES", root / "exercises")
    version = grading_version("lrp", Limits())
    unrelated = {f"autograder/{name}.py" for name in ("graders/cam", "misconceptions/cam", "collect")}
    unrelated |= {"solutions/cam.py", "exercises/cam.md"}
    for name, text in files.items():
        (root / name).write_text(text + "# changed\n")
        assert (grading_version("lrp", Limits()) == version) == (name in unrelated), name
        (root / name).write_text(text)
    assert grading_version("lrp", Limits()) == version
    assert grading_version("lrp", Limits(inodes=9)) != version


def test_the_version_of_the_real_house_is_stable_and_sees_what_grades(stem):
    assert grading_version(stem, Limits()) == grading_version(stem, Limits())
    seen = set()
    for name in rooms.grading_modules([stem]):
        for path in fingerprint._module_files(name):
            fingerprint._follow(path, seen)
    names = {path.relative_to(rooms.ROOT).as_posix() for path in seen}
    for part_of in ("graders", "misconceptions"):
        assert f"autograder/{part_of}/{stem}.py" in names
    assert {"autograder/grading/cases.py", f"solutions/{stem}.py", "understanding_nn/tracing.py"} <= names
