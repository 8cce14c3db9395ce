"""nbgrader's formgrader on a graded class: an instructor lists it, opens a hand-in, and changes what it was given."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from autograder import specimens
from autograder.assembly import to_text
from autograder.disk import write_atomically
from autograder.misconceptions.sensitivity_analysis import square_forgotten
from autograder.rooms import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEM = "sensitivity_analysis"
START_SECONDS = 120
ENDS = "import os\n\ndef logit_gradient(model, x, target):\n    os._exit(0)"
GRADES = """
    select student.id, base_cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade
    from grade join base_cell on base_cell.id = grade.cell_id
    join submitted_notebook on submitted_notebook.id = grade.notebook_id
    join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
    join student on student.id = submitted_assignment.student_id
"""
COMMENTS = "select manual_comment from comment where manual_comment is not null"


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """Graded for real, as an instructor does it."""
    root = tmp_path_factory.mktemp("course") / "classroom"
    command("release", STEM, "--classroom", root)
    hand_ins = {
        "ada": specimens.solved(STEM),
        "bob": specimens.mistaken(STEM, square_forgotten),
        "eve": specimens.answered(STEM, {"logit_gradient": ENDS}),
    }
    for learner, notebook in hand_ins.items():
        write_atomically(root / "submitted" / learner / STEM / f"{STEM}.ipynb", to_text(notebook).encode())
    command("grade", STEM, "--classroom", root, "--workers", 2)
    return root


def command(*arguments):
    line = [sys.executable, "-m", "autograder", *map(str, arguments)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def formgrader(classroom, tmp_path_factory):
    """A Jupyter server in the classroom, with the extensions that come with nbgrader; gives its address and token."""
    place = tmp_path_factory.mktemp("jupyter")
    scripts = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(place / "config"),
        "JUPYTER_RUNTIME_DIR": str(place / "runtime"),
    }
    line = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    with (place / "log").open("w") as log:
        server = subprocess.Popen(line, cwd=classroom, env=environment, stdout=log, stderr=log)
        try:
            yield address(server, place)
        finally:
            server.terminate()
            server.wait(timeout=30)


def address(server, place):
    """What the server writes down of itself once it listens."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        for path in (place / "runtime").glob("jpserver-*.json"):
            try:
                facts = json.loads(path.read_text())
            except ValueError:  # still being written
                continue
            return facts["url"].rstrip("/"), facts["token"]
        time.sleep(0.1)
    pytest.fail(f"the server did not start: {(place / 'log').read_text()}")


@pytest.fixture
def page(browser, formgrader):
    root, token = formgrader
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(f"{root}/formgrader?token={token}")
    yield page
    context.close()
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(root).netloc}, asked


def in_book(classroom):
    with sqlite3.connect(f"file:{classroom / 'gradebook.db'}?mode=ro", uri=True) as database:
        grades = {(learner, cell): tuple(facts) for learner, cell, *facts in database.execute(GRADES)}
        comments = [text for (text,) in database.execute(COMMENTS)]
    database.close()
    return grades, comments


def saving(page, kind):
    return page.expect_response(lambda answer: f"/api/{kind}/" in answer.url and answer.request.method == "PUT")


def open_submission(page, learner):
    """From the list of assignments to a learner's notebook, by clicking."""
    page.get_by_role("link", name="Manual Grading").click()
    for place in (STEM, f"{STEM}/{STEM}"):  # the assignment, then its only notebook
        page.locator("#main-table td.name a", has_text=STEM).click()
        page.wait_for_url(f"**/formgrader/gradebook/{place}")
    row = page.locator("#main-table tr", has=page.locator("a.name-shown", has_text=learner))
    row.locator(".glyphicon-eye-open").click()
    row.locator("a.name-shown", has_text=learner).click()
    page.locator("#trained_network").wait_for()


def test_a_manual_grade_is_saved_and_survives_a_regrade(classroom, page):
    row = page.locator("#main-table tr", has_text=STEM)
    row.wait_for()
    assert row.locator(".num-submissions").inner_text() == "3"

    open_submission(page, "bob")
    body = page.locator("#notebook-container").first
    assert "This is the gradient itself, with its signs" in body.inner_text()  # the hint of the mistake that he made
    score = page.locator("#trained_network")
    page.wait_for_function("document.querySelector('#trained_network').placeholder !== ''")
    assert score.get_attribute("placeholder") == "0"

    with saving(page, "grade") as answer:
        score.press_sequentially("2.5")
        score.blur()
    assert answer.value.ok
    comment = page.locator("#sensitivity_analysis-solution-comment")
    with saving(page, "comment") as answer:
        comment.press_sequentially("Nearly: what of the square?")
        comment.blur()
    assert answer.value.ok

    grades, comments = in_book(classroom)
    assert grades["bob", "trained_network"] == (0, 2.5, 0)
    assert comments == ["Nearly: what of the square?"]

    command("grade", STEM, "--classroom", classroom, "--force", "--student", "bob", "--workers", 1)
    assert in_book(classroom) == (grades, comments)
    assert grades["bob", "logit_gradient"] == (4, None, 0)
    page.reload()
    page.wait_for_function("document.querySelector('#trained_network').value === '2.5'")
    assert comment.input_value() == "Nearly: what of the square?"
    feedback = (classroom / "feedback" / "bob" / STEM / f"{STEM}.html").read_text()
    assert "Nearly: what of the square?" in feedback
    assert "(Score: 2.5 / 3.0)" in feedback


def test_the_page_about_the_class(classroom, browser):
    context = browser.new_context(viewport={"width": 375, "height": 800}, color_scheme="dark")
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto((classroom / "report.html").as_uri())
    assert asked == [(classroom / "report.html").as_uri()]
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    looks = page.locator("table.looks tr").filter(has_text="eve")
    assert "ended the Python process" in looks.inner_text()
    assert page.locator("table.looks tr").filter(has_text="ada").count() == 0
    mistake = page.locator("table.mistakes tr").filter(has_text="square-forgotten")
    assert mistake.locator("td").first.inner_text() == "1"
    looks.get_by_role("link", name="eve").click()
    page.wait_for_url("**/feedback/eve/**")
    context.close()
