"""Every attack of this folder against the real engine: none gains a point, leaks, escapes, or stops the grader.

An attack is a notebook in Jupytext's percent format. Its first line says what must come of it:

    # expected: 0/10
    # expected: 0/10, shows "PermissionError"
    # expected: 0/10 in grad_cam

It is handed in for `sensitivity_analysis`, or for the exercise that is named. The points are those of the Report. What
it "shows" must be in the outputs of its cells: an attack that is merely broken could not show it. An attack that gets
hold of something prints or sends it with the word LEAKED or the number 31337, and neither may come back. Files under
`collected/` build an archive instead: `# expected: collected ada` lists who may be in the classroom after `collect`.
"""

import functools
import json
import re
import runpy
from pathlib import Path

import jupytext
import nbformat
import pytest

from autograder import assembly, intake, rooms, specimens
from autograder.classroom import Classroom
from autograder.collect import collect
from autograder.engine import Engine, Graded
from autograder.gradebook.showing import show

pytestmark = pytest.mark.slow

STEM = "sensitivity_analysis"
FOLDER = Path(__file__).parent
FAMILIES = ("deceiving", "patching", "control_flow", "reading", "forging", "exhausting", "not_computing")
ATTACKS = {path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in sorted(FOLDER.glob("*/*.py"))}
ARCHIVES = {name: path for name, path in ATTACKS.items() if name.startswith("collected/")}
NOTEBOOKS = {name: path for name, path in ATTACKS.items() if name not in ARCHIVES}

_EXPECTED = re.compile(r'# expected: (\d+)/10(?: in (\w+))?(?:, shows "([^"]+)")?')
_COLLECTED = re.compile(r"# expected: collected (nobody|[\w ,]+)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@functools.cache
def canaries(stem: str) -> list[str]:
    """What must never come back: the attacks' own cries of success, secrets, and lines of what is hidden."""
    hidden = [
        rooms.ROOT / room / f"{stem}.py" for room in ("autograder/graders", "autograder/misconceptions", "solutions")
    ]
    lines = [line.strip() for path in hidden for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        *("LEAKED", "31337", "canary-of-", str(rooms.ROOT / "autograder")),
        *(line for line in lines if len(line) > 50),
    ]


@functools.cache
def exercise(stem: str) -> nbformat.NotebookNode:
    return assembly.assemble(stem)


def first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0]


def handed_in(path: Path) -> bytes:
    return nbformat.writes(jupytext.reads(path.read_text(encoding="utf-8"), "py:percent")).encode()


def outputs_of(graded: Graded) -> str:
    return json.dumps([cell.get("outputs", []) for cell in show(graded.notebook, graded.report).cells])


@pytest.fixture
def grader(request: pytest.FixtureRequest) -> Engine:
    fixture = "tight_engine" if request.node.callspec.params["name"].startswith("exhausting/") else "engine"
    found: Engine = request.getfixturevalue(fixture)
    return found


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_an_attack_gets_what_it_deserves(name: str, grader: Engine) -> None:
    match = _EXPECTED.fullmatch(first_line(NOTEBOOKS[name]))
    assert match, f"the first line of {name} declares no outcome"
    stem = match[2] or STEM
    taken = intake.rebuild(handed_in(NOTEBOOKS[name]), exercise(stem))
    graded = grader.grade_notebook(taken.notebook, stem, taken.notes)
    report, outputs = graded.report, outputs_of(graded)
    assert (report.outcome, report.score, report.max_score) == ("graded", int(match[1]), 10), report
    assert (match[3] or "") in outputs, outputs
    told = outputs + json.dumps(report.to_json())
    assert [canary for canary in canaries(stem) if canary in told] == []
    nbformat.validate(graded.notebook)
    for cell in graded.notebook.cells:
        for output in cell.get("outputs", []):
            assert set(output.get("data", {})) <= {"text/plain", "image/png"}
            assert not _CONTROL.search(output.get("text", "") + output.get("evalue", ""))
    if name.startswith("exhausting/"):
        control = grader.grade(assembly.to_text(specimens.solved(STEM)).encode(), STEM)
        assert control.score == 10, f"the sandbox did not survive: {control}"


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_leaves_nothing_but_hand_ins(name: str, tmp_path: Path) -> None:
    match = _COLLECTED.fullmatch(first_line(ARCHIVES[name]))
    assert match, f"the first line of {name} declares no outcome"
    classroom = Classroom.create(tmp_path / "classroom")
    before = {path for path in tmp_path.rglob("*") if path.name != "submitted"}
    packed = tmp_path / "packed"
    packed.mkdir()
    result = collect(runpy.run_path(str(ARCHIVES[name]))["pack"](packed), classroom, (STEM,))
    expected = set() if match[1] == "nobody" else set(match[1].split(", "))
    assert {learner for learner, _, _ in result.taken} == expected, result
    allowed = {classroom.submitted / learner / STEM for learner in expected}
    made = {p for p in tmp_path.rglob("*") if p.is_file() and packed not in p.parents and p not in before}
    assert {path.parent for path in made} == allowed, made
    assert not any(path.is_symlink() for path in classroom.root.rglob("*"))
    told = str(result)
    assert not _CONTROL.search(told)
    assert "LEAKED" not in told + "".join(path.read_text(errors="replace") for path in made)


def test_there_are_enough_attacks_of_each_family() -> None:
    count = {family: sum(name.startswith(f"{family}/") for name in ATTACKS) for family in FAMILIES}
    assert min(count.values()) >= 5, count
    assert len(ATTACKS) >= 50
