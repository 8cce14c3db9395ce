"""A learner's way: from the chapter to JupyterLab, and the hand-in."""

import nbformat
import pytest

from autograder.assembly import assemble, release_version

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STEM = "sensitivity_analysis"


def test_jupyterlab_opens_the_learners_copy(visit, course):
    visit.book(STEM)
    visit.page.click(".exercise-open")
    visit.page.locator(".jp-NotebookPanel .jp-Notebook", has_text="sensitivity analysis").wait_for(timeout=60_000)
    assert (course.work / f"{STEM}.ipynb").is_file()
    assert "/lab/tree/" in visit.page.url
    assert visit.page.locator("text=Validate").count() == 0
    assert visit.foreign == []


def test_jupyterlab_hands_in_and_shows_the_report_beside_the_notebook(visit, course):
    visit.go(f"/course/open/{STEM}")
    nbformat.write(assemble(STEM), course.work / f"{STEM}.ipynb")
    visit.page.reload()
    visit.page.locator(".jp-NotebookPanel .jp-Notebook", has_text="sensitivity analysis").wait_for(timeout=60_000)
    visit.page.locator("jp-button, button", has_text="Hand in").first.click()
    report = visit.page.frame_locator("iframe[title='Hand in']").locator(".exercise-score")
    report.wait_for(timeout=180_000)
    assert report.text_content() == "10 of 10 points"
    assert visit.page.locator(".jp-NotebookPanel .jp-Notebook").is_visible()


@pytest.mark.parametrize("solved", [False, True])
def test_a_hand_in_shows_its_report_in_the_chapter(visit, course, solved):
    notebook = assemble(STEM) if solved else release_version(assemble(STEM))
    nbformat.write(notebook, course.work / f"{STEM}.ipynb")
    visit.book(STEM)
    visit.page.click(".exercise-hand-in")
    report = visit.page.locator(".exercise-report")
    report.locator(".exercise-score").wait_for(timeout=180_000)
    assert report.locator(".exercise-score").text_content() == ("10 of 10 points" if solved else "0 of 10 points")
    assert report.locator(".exercise-part").count() == 3


def test_the_hand_in_page_shows_the_report_too(visit, course):
    visit.go(f"/course/open/{STEM}")
    nbformat.write(assemble(STEM), course.work / f"{STEM}.ipynb")
    visit.go(f"/course/hand-in/{STEM}")
    visit.page.click("button.exercise-hand-in")
    visit.page.locator(".exercise-score", has_text="10 of 10 points").wait_for(timeout=180_000)
    assert visit.foreign == []
    assert visit.complaints == []
