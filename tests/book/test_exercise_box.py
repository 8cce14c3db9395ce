import os

import pytest
import yaml
from exercise_box import ExerciseBoxError, read_summary

from autograder.rooms import ROOT, stems

FRONT = "---\nstem: toy\ntitle: A <b>toy</b> & more\nminutes: 25\ndifficulty: easy\n---\n"
CELLS = """
```{code-cell} python
:implement: first
```

```{code-cell} python
:graded: first
:points: 1
```

````{code-cell} ipython3
:points: 9
:graded: second
0.0
````
"""


def test_a_summary_is_read():
    summary = read_summary(FRONT + CELLS)
    assert (summary.title, summary.minutes, summary.difficulty) == ("A <b>toy</b> & more", 25, "easy")
    assert summary.parts == (("first", 1), ("second", 9))
    assert summary.points == 10


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (CELLS, "lacks title, minutes, difficulty"),
        (FRONT.replace("minutes: 25\n", "") + CELLS, "lacks minutes"),
        (FRONT, "no code cell has the option ':graded:'"),
        (FRONT + CELLS.replace(":points: 1\n", ""), "each graded cell needs ':points:'"),
        (FRONT + CELLS.replace(":points: 1\n", ":points: many\n"), "each graded cell needs ':points:'"),
    ],
)
def test_what_is_no_exercise_is_refused(text, complaint):
    with pytest.raises(ExerciseBoxError, match=complaint):
        read_summary(text)


@pytest.mark.parametrize("stem", stems())
def test_the_exercises_of_the_course_give_ten_points(stem):
    text = (ROOT / "exercises" / f"{stem}.md").read_text("utf-8")
    summary = read_summary(text)
    assert summary.points == 10
    assert summary.title == yaml.safe_load(text.split("---\n")[1])["title"]


def test_a_box_says_what_the_exercise_says(small_book):
    (small_book.exercises / "toy.md").write_text(FRONT + CELLS)
    assert small_book.build(page="```{exercise-box} toy\n```") == ""
    box = small_book.page("page").select_one(".exercise-box")

    assert box["data-stem"] == "toy"
    assert box.select_one(".exercise-title").get_text() == "Exercise: A <b>toy</b> & more", (
        "markup is shown, not obeyed"
    )
    assert box.select_one(".exercise-facts").get_text() == "10 points about 25 minutes difficulty: easy"
    assert [part.get_text() for part in box.select("li")] == ["first 1 point", "second 9 points"]
    assert [link["href"] for link in box.select("a")] == ["../open/toy", "../download/toy", "../hand-in/toy"]
    assert box.select_one(".exercise-report")["aria-live"] == "polite"


def test_links_start_at_the_course_from_a_page_in_a_folder_too(small_book):
    (small_book.exercises / "toy.md").write_text(FRONT + CELLS)
    assert small_book.build(part__page="```{exercise-box} toy\n```") == ""
    assert small_book.page("part/page").select_one(".exercise-open")["href"] == "../../open/toy"


def test_a_changed_exercise_changes_its_page(small_book):
    path = small_book.exercises / "toy.md"
    path.write_text(FRONT + CELLS)
    small_book.build(page="```{exercise-box} toy\n```")
    before = path.stat().st_mtime
    path.write_text(FRONT.replace("easy", "hard") + CELLS)
    os.utime(path, (before + 10, before + 10))
    small_book.build(page="```{exercise-box} toy\n```")
    assert "difficulty: hard" in small_book.page("page").select_one(".exercise-facts").get_text()


@pytest.mark.parametrize(
    ("argument", "complaint"),
    [("missing", "cannot read the exercise of 'missing'"), ("../etc", "'../etc' is not a stem")],
)
def test_a_box_without_an_exercise_is_an_error_of_the_build(small_book, argument, complaint):
    warnings = small_book.build(page=f"```{{exercise-box}} {argument}\n```")
    assert "ERROR" in warnings
    assert complaint in warnings
