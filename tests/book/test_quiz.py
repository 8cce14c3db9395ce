import pytest
from docutils.core import publish_doctree
from quiz import Explanation, Option, OptionLabel, Prompt, QuizError, read_quiz

GOOD = """
1. What is $f$?

   - wrong: A number.

     No: a function.

   - right: A function of *x*.

     Yes.

2. And now?

   A second paragraph.

   - right: Yes.

     Because.

   - wrong: No.

     First reason.

     Second reason.
"""


def quiz_of(text, serial=0):
    """Read a quiz written in reStructuredText, whose lists are those of MyST."""
    return read_quiz(list(publish_doctree(text, settings_overrides={"report_level": 5}).children), serial)


def test_a_quiz_is_read():
    quiz = quiz_of(GOOD, serial=3)
    assert [prompt.astext() for prompt in quiz.findall(Prompt)] == ["What is $f$?", "And now?"]
    assert [option["right"] for option in quiz.findall(Option)] == [False, True, True, False]
    assert [label.astext() for label in quiz.findall(OptionLabel)] == ["A number.", "A function of x.", "Yes.", "No."]
    assert [text.astext() for text in quiz.findall(Explanation)][-1] == "First reason.\n\nSecond reason."
    assert [option["key"] for option in quiz.findall(Option)] == [
        f"quiz-3-{key}" for key in ("1-1", "1-2", "2-1", "2-2")
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("No list.", "expected a numbered list, found <paragraph>"),
        ("", "found nothing"),
        (GOOD + "\nAfterwards.\n", "found <enumerated_list>, <paragraph>"),
        ("1. Only a question.", "question 1 needs a paragraph that asks and a bullet list"),
        ("1. Question?\n\n   No options.", "question 1 must end with its bullet list"),
        ("1. Q?\n\n   - right: A.\n\n     Why.", "question 1 has 1 options, 1 right"),
        ("1. Q?\n\n   - right: A.\n\n     Why.\n\n   - right: B.\n\n     Why.", "question 1 has 2 options, 2 right"),
        ("1. Q?\n\n   - wrong: A.\n\n     Why.\n\n   - wrong: B.\n\n     Why.", "question 1 has 2 options, 0 right"),
        ("1. Q?\n\n   - right: A.\n\n     Why.\n\n   - wrong: B.", "question 1, option 2 has no explanation"),
        (
            "1. Q?\n\n   - right: A.\n\n     Why.\n\n   - B.\n\n     Why.",
            "option 2 must start with 'right:'",
        ),
        ("1. Q?\n\n   - *right:* A.\n\n     Why.", "question 1, option 1 must start with 'right:'"),
    ],
)
def test_what_is_no_quiz_is_refused(text, complaint):
    with pytest.raises(QuizError, match=complaint.replace("(", r"\(")):
        quiz_of(text)


def test_a_page_with_two_quizzes(small_book):
    quiz = f"```{{quiz}}\n{GOOD}\n```\n\n"
    assert small_book.build(page=quiz + quiz) == ""
    page = small_book.page("page")

    questions = page.select("form.quiz-question")
    assert [question.legend.get_text() for question in questions] == [
        "Question 1. What is \\(f\\)?",
        "Question 2. And now?",
    ] * 2
    assert all(question.fieldset.legend for question in questions), "a screen reader announces the legend of a fieldset"
    options = page.select(".quiz-option")
    assert len(options) == 8
    assert all(option.label["for"] == option.input["id"] for option in options)
    assert all(option.select(".quiz-explanation .quiz-explanation-text") for option in options)
    assert len({option.input["id"] for option in options}) == 8
    assert len({option.input["name"] for option in options}) == 4, "one group of radio buttons for each question"
    assert page.select(".quiz-explanation-text")[0].get_text(" ", strip=True) == "Wrong. No: a function."
    assert not page.select(".quiz button"), "a button without its script would do nothing"


def test_a_malformed_quiz_is_an_error_of_the_build(small_book):
    warnings = small_book.build(page="```{quiz}\n1. Why?\n```")
    assert "ERROR" in warnings
    assert "question 1 needs a paragraph that asks" in warnings
