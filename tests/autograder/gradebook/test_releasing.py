"""Releases: nbgrader's own, from assembled sources, all or nothing."""

import json

import nbformat
import pytest

from autograder import assembly
from autograder.classroom import ClassroomError
from autograder.gradebook import releasing, shell


def test_the_release_is_what_assembly_says_and_holds_no_solution(classroom, stem):
    path = classroom.release / stem / f"{stem}.ipynb"
    released = nbformat.read(path, as_version=4)
    expected = assembly.release_version(assembly.assemble(stem))
    assert [cell.source for cell in released.cells] == [cell.source for cell in expected.cells]
    assert [cell.metadata for cell in released.cells] == [cell.metadata for cell in expected.cells]
    assert "BEGIN SOLUTION" not in path.read_text()
    assert sorted(p.name for p in path.parent.iterdir()) == [f"{stem}.ipynb"]
    assert classroom.released() == (stem,)


def test_releasing_again_gives_the_same_bytes(classroom, stem):
    paths = [folder / stem / f"{stem}.ipynb" for folder in (classroom.source, classroom.release)]
    before = [path.read_bytes() for path in paths]
    releasing.release(classroom, stem)
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.filterwarnings("ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning")
def test_other_cells_after_hand_ins_are_refused_and_nothing_changes(classroom, stem, monkeypatch, capfd):
    with shell.gradebook(shell.start(classroom)) as book:
        book.add_student("ada")
        book.add_submission(stem, "ada")
    source = assembly.assemble(stem)
    del source.cells[-1]
    monkeypatch.setattr(releasing.assembly, "assemble", lambda _: source)
    path = classroom.source / stem / f"{stem}.ipynb"
    before = path.read_bytes()
    with pytest.raises(ClassroomError, match="already handed in"):
        releasing.release(classroom, stem)
    assert path.read_bytes() == before
    assert not list(classroom.root.glob(".releasing-*"))
    assert "Cannot add or remove cells" in capfd.readouterr().err


def test_solutions_stay_in_the_source(classroom, stem):
    assert "BEGIN SOLUTION" in json.dumps(classroom.source_notebook(stem))
