"""Editing and running a chapter's cells in the page."""

import pytest

pytestmark = pytest.mark.browser

CHAPTER = "sensitivity_analysis"


def status(visit, beginning):
    visit.page.wait_for_function(
        "beginning => document.querySelector('.live-cells-status').textContent.startsWith(beginning)",
        arg=beginning,
        timeout=120_000,
    )


def put(cell, code):
    cell.locator(".CodeMirror").evaluate("(editor, code) => editor.CodeMirror.setValue(code)", code)


def test_thebe_is_loaded_only_when_asked_for(visit):
    requests = []
    visit.page.on("request", lambda request: requests.append(request.url))
    visit.book(CHAPTER)
    assert not [url for url in requests if "thebe" in url]
    assert visit.page.locator("text=Run live").count() == 1


def test_a_page_without_cells_has_no_bar(visit):
    visit.book("glossary")
    assert visit.page.locator(".live-cells").count() == 0


def test_cells_run_and_can_be_changed(visit):
    visit.book(CHAPTER)
    cells = visit.page.locator("article div.cell").count()
    visit.page.click("text=Run live")
    status(visit, "Ready")
    assert visit.page.locator(".thebe-cell").count() == cells

    first = visit.page.locator("article div.cell").first
    first.locator(".CodeMirror").evaluate(
        "editor => editor.CodeMirror.setValue('word = \"changed\"; print(word, 6 * 7)')"
    )
    first.locator("text=Run").click()
    first.locator(".cell_output", has_text="changed 42").wait_for(timeout=60_000)
    # The name lives on: one kernel for all cells of the page.
    second = visit.page.locator("article div.cell").nth(1)
    put(second, "print(word.upper())")
    second.locator(".CodeMirror").click()
    visit.page.keyboard.press("Shift+Enter")
    second.locator(".cell_output", has_text="CHANGED").wait_for(timeout=60_000)

    visit.page.click("text=Restart")
    status(visit, "Restarted")
    second.locator("text=Run").click()
    second.locator(".cell_output", has_text="NameError").wait_for(timeout=60_000)
    assert visit.foreign == []


@pytest.mark.slow
def test_a_whole_chapter_runs_live(visit):
    visit.book(CHAPTER)
    visit.page.click("text=Run live")
    status(visit, "Ready")
    visit.page.click("text=Restart")  # whatever another test left behind
    status(visit, "Restarted")
    visit.page.click("text=Run all")
    status(visit, "All cells have run")
    shown = visit.page.locator(".cell_output").all_text_contents()
    assert not [text for text in shown if "Traceback" in text or "Error" in text or "cudart" in text]
    assert visit.page.locator(".cell_output img").count() > 3
    assert visit.foreign == []
    # After a restart, thebe warns that it connects again, misses the widgets' channel of the earlier kernel, and tells
    # if it was still asking that kernel what it is.
    errors = [text for text in visit.complaints if not text.startswith("warning")]
    of_the_restart = ("Comm not found", "Canceled future for kernel_info_request")
    assert [text for text in errors if not any(known in text for known in of_the_restart)] == []


def test_html_outputs_fetch_nothing(visit):
    visit.book(CHAPTER)
    visit.page.click("text=Run live")
    status(visit, "Ready")
    first = visit.page.locator("article div.cell").first
    put(first, "from IPython.display import HTML; HTML('<b>bold</b> and $x^2$')")
    first.locator("text=Run").click()
    first.locator(".cell_output b", has_text="bold").wait_for(timeout=60_000)
    assert visit.foreign == []


def test_a_page_opened_as_a_file_says_what_is_missing(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / f"{CHAPTER}.html").as_uri())
    page.click("text=Run live")
    assert "make course" in page.locator(".live-cells-status").text_content()
    assert page.locator(".thebe-cell").count() == 0
    context.close()


def test_live_cells_do_not_widen_a_phone(make_visit):
    visit = make_visit(width=390, height=844)
    visit.book(CHAPTER)
    visit.page.click("text=Run live")
    status(visit, "Ready")
    assert visit.page.evaluate("document.scrollingElement.scrollWidth") <= 390
