"""The engine on real notebooks in the real sandbox: every outcome, and whose fault it is."""

import os
import signal
from types import SimpleNamespace

import psutil
import pytest

from autograder import assembly, misconceptions, rooms, specimens
from autograder import engine as engine_module
from autograder.engine import Engine
from autograder.report import Report
from autograder.sandbox.child import CellResult, Child

STEM = "sensitivity_analysis"
pytestmark = pytest.mark.slow


def grade(engine: Engine, notebook: object, stem: str = STEM) -> Report:
    return engine.grade(assembly.to_text(notebook).encode(), stem)


@pytest.mark.parametrize("stem", rooms.stems())
def test_the_assembled_solution_gets_full_marks_and_its_checks_pass(stem: str, engine: Engine) -> None:
    graded = engine.grade_notebook(assembly.assemble(stem), stem)
    report = graded.report
    assert (report.score, report.max_score, report.notes) == (10, 10, ()), report
    shown = [output for cell in graded.notebook.cells for output in cell.get("outputs", ())]
    assert [output for output in shown if output.output_type == "error"] == []


@pytest.mark.parametrize("stem", rooms.stems())
def test_the_release_gets_nothing_and_is_told_what_to_do(stem: str, engine: Engine) -> None:
    report = grade(engine, specimens.blank(stem), stem)
    assert report.score == 0
    assert all("not written yet" in cell.message for cell in report.cells), report


@pytest.mark.parametrize("stem", rooms.stems())
def test_a_misconception_in_a_notebook_loses_its_parts_and_is_named(stem: str, engine: Engine) -> None:
    """One of each exercise, through the sandbox; all of them are tried in one process elsewhere."""
    mistake = misconceptions.of(stem)[0]
    report = grade(engine, specimens.mistaken(stem, mistake), stem)
    lost = {cell.cell: (cell.misconception, cell.hint) for cell in report.cells if cell.score == 0}
    assert lost == dict.fromkeys(mistake.loses, (mistake.name, mistake.hint)), report


def test_the_same_notebook_gets_the_same_report_twice(engine: Engine) -> None:
    notebook = specimens.answered(
        STEM, {"sensitivity_analysis": "def sensitivity_analysis(model, x, target):\n    return x"}
    )
    assert grade(engine, notebook).cells == grade(engine, notebook).cells


def test_a_part_is_judged_by_what_stands_above_it(engine: Engine) -> None:
    """A later cell that breaks the functions costs the later parts, not the earlier ones."""
    notebook = specimens.solved(STEM)
    place = next(i for i, cell in enumerate(notebook.cells) if cell.id == "sensitivity_analysis") + 1
    report = grade(
        engine, specimens.with_cell(notebook, "logit_gradient = sensitivity_analysis = None", position=place)
    )
    assert [cell.outcome for cell in report.cells] == ["passed", "passed", "failed"], report


def test_an_exception_in_a_cell_does_not_stop_the_notebook(engine: Engine) -> None:
    report = grade(engine, specimens.with_cell(specimens.solved(STEM), "1 / 0"))
    assert report.score == 10, report


def test_an_exception_is_named_and_its_text_is_not(engine: Engine) -> None:
    source = "def sensitivity_analysis(model, x, target):\n    raise ValueError('secret ' + str(x))"
    report = grade(engine, specimens.answered(STEM, {"sensitivity_analysis": source}))
    assert report.score == 4
    assert "ValueError" in report.cells[1].message
    assert "secret" not in str(report.to_json())


def test_a_cell_that_exits_loses_only_what_it_takes_along(engine: Engine) -> None:
    notebook = specimens.solved(STEM)
    place = next(i for i, cell in enumerate(notebook.cells) if cell.id == "logit_gradient") + 1
    report = grade(engine, specimens.with_cell(notebook, "import os\nos._exit(0)", position=place))
    assert report.score == 10, report


def test_a_call_that_exits_loses_its_part_only(engine: Engine) -> None:
    source = """
        def logit_gradient(model, x, target):
            import os
            os._exit(0)
        """
    notebook = specimens.answered(STEM, {"logit_gradient": source})
    report = grade(engine, notebook)
    assert report.score == 0
    assert report.outcome == "graded", report
    assert {cell.stopped for cell in report.cells} == {True}, report


def test_a_call_that_never_ends_is_stopped_and_a_wrong_value_is_not(engine: Engine) -> None:
    endless = "def logit_gradient(model, x, target):\n    while True:\n        pass"
    wrong = "def sensitivity_analysis(model, x, target):\n    return x"
    notebook = specimens.answered(STEM, {"logit_gradient": endless, "sensitivity_analysis": wrong})
    with Engine(b"secret", limits=_short()) as quick:
        report = grade(quick, notebook)
    assert [(cell.outcome, cell.stopped) for cell in report.cells[:2]] == [("failed", True), ("failed", False)], report


def test_a_function_of_a_cell_that_was_stopped_counts_as_stopped(engine: Engine) -> None:
    with Engine(b"secret", limits=_short()) as quick:
        report = grade(quick, specimens.answered(STEM, {"logit_gradient": "while True:\n    pass"}))
    assert report.cells[0].stopped, report


def test_a_cell_that_never_ends_is_stopped(engine: Engine) -> None:
    with Engine(b"secret", limits=_short()) as quick:
        notebook = specimens.with_cell(specimens.solved(STEM), "while True:\n    pass")
        report = grade(quick, notebook)
    assert report.score == 10, report


def test_what_a_hidden_test_hands_over_cannot_come_back(engine: Engine) -> None:
    """A function that keeps its arguments, and a later cell that prints them: nothing was kept when the cell ran."""
    source = """
        KEPT = []
        def logit_gradient(model, x, target):
            KEPT.append(x)
            raise ValueError
        """
    notebook = specimens.answered(STEM, {"logit_gradient": source})
    notebook = specimens.with_cell(notebook, "print('kept', len(KEPT))", position=len(notebook.cells))
    graded = engine.grade_notebook(notebook, STEM)
    shown = "".join(output.get("text", "") for cell in graded.notebook.cells for output in cell.get("outputs", []))
    assert "kept 3" in shown  # the calls of three visible cells; those of the hidden tests come later
    assert graded.report.score == 0


def test_a_grader_that_breaks_is_never_a_zero(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr("autograder.grading.cases.CasePool.pick", broken)
    report = grade(engine, specimens.solved(STEM))
    assert report.outcome == "could-not-tell"
    assert {cell.outcome for cell in report.cells} == {"could-not-tell"}


def test_a_sandbox_that_fails_its_control_is_never_a_zero(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.grading.failures import CouldNotTellError

    def fails(_sandbox: object) -> None:
        raise CouldNotTellError("the control failed")

    monkeypatch.setattr("autograder.submission.control_must_run", fails)
    report = grade(engine, specimens.with_cell(specimens.solved(STEM), "import os\nos._exit(0)"))
    assert report.outcome == "could-not-tell", report


def test_a_notebook_whose_warm_parent_dies_is_graded_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    run_cell = Child.run_cell
    killed: list[int] = []

    def run_once_without_parent(child: Child, source: str) -> CellResult:
        if not killed:
            killed.append(psutil.Process(child.pid).parent().ppid())  # its guard lies between
            os.kill(killed[0], signal.SIGKILL)
            return run_cell(child, "import time; time.sleep(60)")
        return run_cell(child, source)

    monkeypatch.setattr(Child, "run_cell", run_once_without_parent)
    report = grade(engine, specimens.solved(STEM))
    assert killed
    assert (report.score, report.outcome, report.notes) == (10, "graded", ()), report


def _short() -> object:
    return engine_module.Limits(request_cpu_time_s=3.0, request_wall_time_s=10.0)


def test_nothing_that_is_handed_in_raises(engine: Engine) -> None:
    for junk in (b"", b"not a notebook", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"cells": 3}'):
        report = engine.grade(junk, STEM)
        assert (report.score, report.outcome) == (0, "graded")
        assert report.notes, SimpleNamespace(junk=junk[:20])
