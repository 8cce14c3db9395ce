"""What a learner and an instructor see of a verdict."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.gradebook.showing import show
from autograder.report import CellReport, Report


def graded_notebook(*outputs):
    graded = new_code_cell("0.0", id="part", metadata={"nbgrader": {"grade_id": "part", "grade": True}})
    graded.outputs = [new_output("execute_result", {"text/plain": "4.0"}, execution_count=1)]
    own = new_code_cell("x", id="own")
    own.outputs = list(outputs)
    return new_notebook(cells=[new_markdown_cell("text", id="text"), own, graded])


def report(**facts):
    return Report("lrp", (CellReport("part", 1.5, 4.0, "failed", "Message", **facts),), ("A note.",))


def test_the_graded_cell_tells_the_verdict_and_nothing_that_it_printed():
    shown = show(graded_notebook(), report(hint="A hint."))
    assert shown.cells[-1].outputs[0].text == "1.5 of 4 points\nMessage\nHint: A hint.\n"
    assert len(shown.cells[-1].outputs) == 1


def test_notes_come_first_and_the_given_notebook_stays_as_it_was():
    notebook = graded_notebook()
    before = nbformat.from_dict(notebook)
    shown = show(notebook, report())
    assert shown.cells[0].source.endswith("- A note.")
    assert notebook == before
    nbformat.validate(shown)


def test_no_output_reaches_a_browser_but_text_and_pictures():
    hostile = {"text/html": "<script>", "application/javascript": "x", "image/svg+xml": "<svg>", "text/latex": "$x$"}
    shown = show(
        graded_notebook(
            new_output("display_data", {**hostile, "text/plain": "plain", "image/png": "aGk="}),
            new_output("display_data", hostile),
            new_output("stream", text="said"),
            new_output("error", ename="E", evalue="e", traceback=["t"]),
        ),
        report(),
    )
    own = shown.cells[2].outputs
    assert [sorted(output.get("data", {})) for output in own] == [["image/png", "text/plain"], [], []]


def test_what_could_not_be_told_shows_no_points():
    cell = CellReport("part", 0.0, 4.0, "could-not-tell", "Our fault.")
    shown = show(graded_notebook(), Report("lrp", (cell,)))
    assert shown.cells[-1].outputs[0].text == "Not graded yet (4 points)\nOur fault.\n"
