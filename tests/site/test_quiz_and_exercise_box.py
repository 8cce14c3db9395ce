"""The scripts of the quiz and of the exercise box, on the built pages and without a server."""

import json

import pytest

pytestmark = pytest.mark.browser

HOST = "http://course.test"
REPORT = {
    "stem": "sensitivity_analysis",
    "outcome": "graded",
    "score": 4.5,
    "max_score": 10.0,
    "cells": [
        {
            "cell": "logit_gradient",
            "score": 4.0,
            "max_score": 4.0,
            "outcome": "passed",
            "message": "",
            "misconception": None,
            "hint": None,
        },
        {
            "cell": "sensitivity_analysis",
            "score": 0.5,
            "max_score": 6.0,
            "outcome": "failed",
            "message": "<img src=x onerror=alert(1)> is not a number",
            "misconception": "softmax",
            "hint": "this is the gradient of the probability",
        },
    ],
    "notes": ["a cell was missing"],
    "wall_time_s": 1.0,
    "cpu_time_s": 1.0,
}
GRADED = (200, json.dumps(REPORT))


@pytest.fixture
def open_page(browser, site):
    """Open the chapter as a plain file, or as served; what is sent to the server is kept, `answer` comes back."""
    contexts = []

    def open_page(served=False, answer=GRADED, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.sent = []

        def respond(route):
            path = route.request.url.removeprefix(HOST).partition("?")[0]
            if path.startswith("/course/book/"):
                route.fulfill(path=site / path.removeprefix("/course/book/"))
                return
            page.sent.append(route.request)
            if answer is None:
                route.abort()
            else:
                route.fulfill(status=answer[0], body=answer[1], content_type="application/json")

        if served:
            context.add_cookies([{"name": "_xsrf", "value": "2|secret", "url": HOST}])
            context.route(f"{HOST}/**", respond)
        name = "sensitivity_analysis.html"
        page.goto(f"{HOST}/course/book/{name}" if served else (site / name).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_a_question_is_answered_with_the_keyboard(open_page):
    page = open_page()
    question = page.locator(".quiz-question").first
    answer = question.get_by_role("status")
    question.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert answer.inner_text().startswith("Wrong.")
    assert question.locator("summary:visible").count() == 0, "the other explanations would give the answer away"
    page.keyboard.press("ArrowDown")
    assert answer.inner_text() == "", "an explanation belongs to the option that it was given for"
    page.keyboard.press("Enter")
    assert answer.inner_text().startswith("Right.")
    assert question.locator("summary:visible").count() == question.get_by_role("radio").count()


def test_every_option_has_an_answer_of_its_own(open_page):
    page = open_page()
    for question in page.locator(".quiz-question").all():
        answers = []
        for option in question.get_by_role("radio").all():
            option.check()
            question.get_by_role("button", name="Check").click()
            answers.append(question.get_by_role("status").inner_text())
        assert len(set(answers)) == len(answers)
        assert [answer[:6] for answer in answers].count("Right.") == 1


def test_a_question_without_a_choice_says_so(open_page):
    question = open_page().locator(".quiz-question").first
    question.get_by_role("button", name="Check").click()
    assert question.get_by_role("status").inner_text() == "Choose an option first."


def test_a_quiz_can_be_read_without_scripts(open_page):
    page = open_page(java_script_enabled=False)
    explanation = page.locator(".quiz-explanation").first
    assert not explanation.locator("p").first.is_visible()
    explanation.locator("summary").click()
    assert explanation.locator("p").first.is_visible()
    assert page.locator(".exercise-offline").is_visible()
    assert page.locator(".exercise-hand-in").is_visible()


def test_a_page_without_its_server_says_how_to_start_it(open_page):
    page = open_page()
    assert page.locator(".exercise-actions > *:visible").count() == 0
    assert "make course" in page.locator(".exercise-offline").inner_text()


def test_a_report_is_shown_as_text(open_page):
    page = open_page(served=True)
    assert not page.locator(".exercise-offline").is_visible()
    page.get_by_role("button", name="Hand in").click()
    page.locator(".exercise-score").wait_for()

    assert page.sent[0].method == "POST"
    assert page.sent[0].url == f"{HOST}/course/hand-in/sensitivity_analysis"
    assert page.sent[0].headers["x-xsrftoken"] == "2|secret"
    report = page.locator(".exercise-report")
    assert report.get_attribute("aria-live") == "polite"
    assert report.locator("p").all_inner_texts() == [
        "4.5 of 10 points",
        "logit_gradient passed, 4 of 4",
        "sensitivity_analysis not yet, 0.5 of 6",
        "<img src=x onerror=alert(1)> is not a number",
        "Hint: this is the gradient of the probability",
        "Note: a cell was missing",
    ]
    assert report.locator("img").count() == 0


def test_a_failure_of_the_grader_is_not_the_learners(open_page):
    page = open_page(served=True, answer=(200, json.dumps({**REPORT, "outcome": "could-not-tell", "score": 0.0})))
    page.get_by_role("button", name="Hand in").click()
    assert "its fault, not yours" in page.locator(".exercise-score").inner_text()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((404, json.dumps({"message": "nothing to hand in <b>yet</b>"})), "nothing to hand in <b>yet</b>"),
        ((502, "not JSON"), "The course server answered 502 Bad Gateway."),
        (None, "The course server does not answer. Is it still running?"),
    ],
)
def test_a_refusal_is_shown_and_the_button_works_again(open_page, answer, said):
    page = open_page(served=True, answer=answer)
    button = page.get_by_role("button", name="Hand in")
    button.click()
    assert page.locator(".exercise-error").inner_text() == said
    assert button.is_enabled()
