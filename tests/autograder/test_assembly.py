"""Assembly: the exercise is derived from the solution, the same bytes each time, and gives nothing away."""

import subprocess
import sys

import nbformat
import pytest

from autograder import assembly, functions, misconceptions, rooms
from autograder.errors import AssemblyError, UnknownStemError

STEMS = rooms.stems()


def _cells(notebook: nbformat.NotebookNode) -> dict[str, nbformat.NotebookNode]:
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells}


@pytest.mark.parametrize("stem", STEMS)
def test_two_assemblies_are_the_same_bytes(stem: str) -> None:
    first, second = assembly.assemble(stem), assembly.assemble(stem)
    assert assembly.to_text(first) == assembly.to_text(second)
    released = [assembly.to_text(assembly.release_version(notebook)) for notebook in (first, second)]
    assert released[0] == released[1]


@pytest.mark.parametrize("stem", STEMS)
def test_a_release_holds_no_line_of_a_solution_or_a_grader(stem: str) -> None:
    released = assembly.release_version(assembly.assemble(stem)).cells
    text = "\n".join(cell.source for cell in released if cell.id != "given")  # earlier solutions are given on purpose
    blanked = [
        name
        for cell in assembly.assemble(stem).cells
        if cell.metadata.nbgrader.solution
        for name in functions.read(stem).functions
        if f"def {name}(" in cell.source
    ]
    assert blanked
    for name in blanked:
        for line in functions.read(stem).function(name).body.splitlines():
            if len(line.strip()) > 20 and "= check_" not in line:  # how arguments are checked may be said
                assert line.strip() not in text
    hidden = misconceptions.of(stem)
    assert hidden
    for wrong in hidden:
        assert wrong.hint not in text
        assert wrong.wrong.__name__ not in text
    assert "autograder" not in text
    assert "solutions." not in text
    assert functions.BEGIN not in text


@pytest.mark.parametrize("stem", STEMS)
def test_a_release_says_where_to_write(stem: str) -> None:
    for cell in assembly.release_version(assembly.assemble(stem)).cells:
        if cell.metadata.nbgrader.solution:
            assert "raise NotImplementedError()" in cell.source
            assert '"""' in cell.source


@pytest.mark.parametrize("stem", STEMS)
def test_points_add_up_to_ten_in_two_to_four_parts(stem: str) -> None:
    exercise = assembly.exercise(stem)
    assert exercise.points == 10
    assert 2 <= len(exercise.parts) <= 4


@pytest.mark.parametrize("stem", STEMS)
def test_graded_cells_hold_no_test(stem: str) -> None:
    for part in assembly.exercise(stem).parts:
        cell = _cells(assembly.assemble(stem))[part.name]
        assert cell.source == assembly.GRADED_SOURCE
        assert cell.metadata.nbgrader.points == part.points


@pytest.mark.parametrize("stem", STEMS)
def test_everything_but_solutions_is_locked(stem: str) -> None:
    for cell in assembly.assemble(stem).cells:
        assert cell.metadata.nbgrader.locked is not cell.metadata.nbgrader.solution
        assert cell.id == cell.metadata.nbgrader.grade_id


@pytest.mark.slow
@pytest.mark.parametrize("stem", STEMS)
def test_the_assembled_solution_runs_without_the_solutions_room(stem: str, tmp_path) -> None:
    cells = [cell.source for cell in assembly.assemble(stem).cells if cell.cell_type == "code"]
    script = tmp_path / "notebook.py"
    script.write_text("import sys\nsys.modules['solutions'] = sys.modules['autograder'] = None\n" + "\n\n".join(cells))
    run = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"MPLBACKEND": "agg", "PATH": "", "HOME": str(tmp_path)},
    )
    assert run.returncode == 0, run.stderr[-2000:]


def test_an_unknown_stem_lists_the_known_ones() -> None:
    with pytest.raises(UnknownStemError, match="sensitivity_analysis"):
        assembly.assemble("lpr")


@pytest.mark.parametrize(
    ("master", "complaint"),
    [
        ("---\nstem: a\ntitle: A\nminutes: 1\n---\n", "lacks difficulty"),
        ("---\nstem: b\ntitle: A\nminutes: 1\ndifficulty: introductory\n---\n", "write 'a'"),
        (
            "---\nstem: a\ntitle: A\nminutes: 1\ndifficulty: introductory\n---\n```{code-cell}\n:implement: g\n```\n",
            "asks for 'g'",
        ),
        (
            "---\nstem: a\ntitle: A\nminutes: 1\ndifficulty: introductory\n---\n"
            "```{code-cell}\n:graded: f\n:points: 1\n```\n\ntext\n\n```{code-cell}\n:graded: f\n:points: 1\n```\n",
            "two cells would be called f",
        ),
    ],
)  # fmt: skip
def test_a_master_that_does_not_fit_is_refused(master: str, complaint: str, tmp_path, monkeypatch) -> None:
    (tmp_path / "a.md").write_text(master)
    (tmp_path / "a.py").write_text('def f():\n    """Return 1."""\n    return 1\n')
    monkeypatch.setattr(assembly, "EXERCISES", tmp_path)
    monkeypatch.setattr(assembly, "require_stem", lambda stem: stem)
    monkeypatch.setattr(functions, "SOLUTIONS", tmp_path)
    with pytest.raises(AssemblyError, match=complaint):
        assembly.assemble("a")


def test_earlier_functions_are_given_with_what_they_call(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(functions, "SOLUTIONS", tmp_path)
    (tmp_path / "first.py").write_text(
        'import math\n\ndef root(x):\n    """Root."""\n    return math.sqrt(x)\n\n'
        'def twice(x):\n    """Twice the root."""\n    return 2 * root(x)\n\n'
        'def unused(x):\n    """Not needed."""\n    return x\n'
    )
    (tmp_path / "second.py").write_text(
        'from solutions.first import twice\n\ndef fourfold(x):\n    """Four roots."""\n    return 2 * twice(x)\n'
    )
    module = functions.read("second")
    assert module.imports == "import math"
    assert [source.split("(")[0] for source in module.given] == ["def root", "def twice"]
