"""A class into the gradebook: what lands there, what survives, what a second run does."""

import json
import re
import shutil
import sqlite3
from contextlib import closing, contextmanager

import nbformat
import pytest

from autograder import assembly
from autograder.classroom import ClassroomError
from autograder.gradebook import batch, shell, workers
from autograder.gradebook.batch import NothingToGradeError, grade_class
from autograder.gradebook.grading import Marker
from autograder.gradebook.releasing import release
from autograder.gradebook.shell import GradebookError


def settle_here(hand_ins, job, workers):
    with Marker(job.classroom, job.versions, job.limits, job.start_engine) as marker:
        for hand_in in hand_ins:
            yield marker.settle(hand_in, anew=job.anew)


@pytest.fixture
def grade(classroom, stem, watcher, simple_engine, monkeypatch):
    """Grades the classroom; in this process unless the workers are what is tested."""

    def run(workers=None, version="1", **options):
        if workers is None:
            monkeypatch.setattr(batch, "settle_all", settle_here)
        monkeypatch.setattr(batch, "grading_version", lambda stem, limits: version)
        return grade_class(classroom, [stem], watcher, workers=workers, start_engine=simple_engine, **options)

    return run


@pytest.fixture
def book(classroom):
    @contextmanager
    def open_book(db_url=None):
        with shell.gradebook(shell.start(classroom, db_url)) as opened:
            yield opened

    return open_book


def grades(book, stem, learner):
    notebook = book.find_submission_notebook(stem, stem, learner)
    return {grade.name: grade for grade in notebook.grades}


def scores(book, stem, learner):
    return {name: grade.auto_score for name, grade in grades(book, stem, learner).items()}


def test_scores_notebooks_and_feedback(classroom, stem, hand_in, grade, book, watcher):
    hand_in("ada", "4")
    hand_in("bob", "1.5", timestamp="2025-01-02 03:04:05 UTC")
    hand_in("eve", raw=b"import os  # no notebook")
    result = grade()
    assert [one.learner for one in result.settled] == ["ada", "bob", "eve"]
    assert (result.committed, result.faults, result.could_not_tell) == (3, [], [])
    assert (watcher.total, sorted(watcher.learners)) == (3, ["ada", "bob", "eve"])
    with book() as opened:
        assert scores(opened, stem, "ada") == {"logit_gradient": 4, "sensitivity_analysis": 0, "trained_network": 0}
        assert scores(opened, stem, "bob")["logit_gradient"] == 1.5
        assert not any(grade.needs_manual_grade for grade in grades(opened, stem, "bob").values())
        assert str(opened.find_submission(stem, "bob").timestamp) == "2025-01-02 03:04:05"
        comments = {c.name: c.comment for c in opened.find_submission_notebook(stem, stem, "ada").comments}
        assert comments == {"logit_gradient-solution": None, "sensitivity_analysis-solution": "No response."}
    page = classroom.feedback_page("bob", stem).read_text()
    assert "1.5 of 4 points\nA message &amp; more.\nHint: Look &lt;there&gt;." in page
    assert "<script>57" not in page
    assert "it is not a notebook but a Python file" in classroom.feedback_page("eve", stem).read_text()
    for learner in ("ada", "bob", "eve"):
        nbformat.validate(nbformat.read(classroom.autograded / learner / stem / f"{stem}.ipynb", as_version=4))


def test_a_stopped_run_leaves_what_it_has_done_in_the_gradebook(classroom, stem, hand_in, grade, book, watcher):
    for learner in ("ada", "bob", "eve"):
        hand_in(learner, "4")

    def stop_at_the_second(settled):
        watcher.learners.append(settled.learner)
        if len(watcher.learners) == 2:
            raise KeyboardInterrupt

    watcher.done = stop_at_the_second
    with pytest.raises(KeyboardInterrupt):
        grade()
    told = set(watcher.learners)
    assert len(told) == 2
    with book() as opened:
        assert {submission.student.id for submission in opened.assignment_submissions(stem)} == told
    assert {path.parts[-3] for path in classroom.root.glob("feedback/*/*/*.html")} == told
    del watcher.done
    assert grade().committed == 1


def test_a_second_run_does_nothing_and_force_does_all_again(stem, hand_in, grade, tmp_path, classroom):
    hand_in("ada", f"log {tmp_path / 'log'}")
    grade()
    page = classroom.feedback_page("ada", stem)
    before = page.stat().st_mtime_ns
    again = grade()
    assert (again.settled[0].was_known, again.committed) == (True, 0)
    assert page.stat().st_mtime_ns == before
    assert (tmp_path / "log").read_text().splitlines() == ["graded"]
    assert grade(anew=True).committed == 1
    assert (tmp_path / "log").read_text().splitlines() == ["graded", "graded"]


def test_known_results_need_no_worker(stem, hand_in, grade, monkeypatch):
    hand_in("ada", "4")
    hand_in("bob", "3")
    grade()
    monkeypatch.undo()
    monkeypatch.setattr(workers, "_Worker", None)
    assert [one.was_known for one in grade(workers=2).settled] == [True, True]


def test_a_changed_grader_grades_again_without_being_forced(stem, hand_in, grade, tmp_path):
    hand_in("ada", f"log {tmp_path / 'log'}")
    grade()
    result = grade(version="2")
    assert (result.settled[0].was_known, result.committed) == (False, 1)
    assert (tmp_path / "log").read_text().splitlines() == ["graded", "graded"]


def test_a_changed_grader_grades_its_own_exercise_again_and_no_other(
    classroom, stem, hand_in, watcher, simple_engine, monkeypatch, tmp_path
):
    other = "lrp"
    release(classroom, other)
    hand_in("ada", f"log {tmp_path / stem}")
    notebook = assembly.release_version(assembly.assemble(other))
    next(cell for cell in notebook.cells if cell.metadata.nbgrader.solution).source = f"# log {tmp_path / other}"
    (classroom.submitted / "ada" / other).mkdir()
    (classroom.submitted / "ada" / other / f"{other}.ipynb").write_text(nbformat.writes(notebook))
    monkeypatch.setattr(batch, "settle_all", settle_here)
    versions = {stem: "1", other: "1"}
    monkeypatch.setattr(batch, "grading_version", lambda stem, limits: versions[stem])

    def graded():
        grade_class(classroom, [stem, other], watcher, start_engine=simple_engine)
        return [len((tmp_path / name).read_text().splitlines()) for name in (stem, other)]

    assert graded() == [1, 1]
    versions[other] = "2"
    assert graded() == [1, 2]
    assert graded() == [1, 2]


@pytest.mark.parametrize("lost", ["autograded", "gradebook.db", "results", "feedback", "half a notebook", "score"])
def test_what_is_lost_is_written_again(classroom, stem, hand_in, grade, book, lost):
    hand_in("ada", "4")
    grade()
    graded = classroom.autograded / "ada" / stem / f"{stem}.ipynb"
    content = graded.read_bytes()
    if lost == "gradebook.db":
        (classroom.root / lost).unlink()
        release(classroom, stem)
    elif lost == "half a notebook":
        graded.chmod(0o644)
        graded.write_bytes(content[: len(content) // 2])
    elif lost == "score":
        with closing(sqlite3.connect(classroom.root / "gradebook.db")) as database, database:
            database.execute("update grade set auto_score = 0.5")
    else:
        shutil.rmtree(classroom.root / lost)
    result = grade()
    assert result.faults == []
    assert graded.read_bytes() == content
    assert classroom.feedback_page("ada", stem).is_file()
    with book() as opened:
        assert scores(opened, stem, "ada")["logit_gradient"] == 4


def test_manual_scores_and_comments_survive_every_regrade(stem, hand_in, grade, book):
    hand_in("ada", "1")
    grade()
    with book() as opened:
        grade_of = grades(opened, stem, "ada")["logit_gradient"]
        grade_of.manual_score, grade_of.needs_manual_grade, grade_of.extra_credit = 3.5, False, 0.25
        opened.find_comment("logit_gradient-solution", stem, stem, "ada").manual_comment = "Well tried"
        opened.db.commit()
    grade(anew=True)
    with book() as opened:
        grade_of = grades(opened, stem, "ada")["logit_gradient"]
        assert (grade_of.score, grade_of.auto_score, grade_of.needs_manual_grade) == (3.75, 1, False)
    hand_in("ada", "2")
    grade()
    with book() as opened:
        grade_of = grades(opened, stem, "ada")["logit_gradient"]
        assert (grade_of.score, grade_of.auto_score, grade_of.needs_manual_grade) == (3.75, 2, True)
        assert opened.find_comment("logit_gradient-solution", stem, stem, "ada").comment == "Well tried"


def test_could_not_tell_keeps_the_earlier_score_asks_a_person_and_is_tried_again(stem, hand_in, grade, book):
    hand_in("ada", "3")
    hand_in("bob", "could-not-tell bob")
    grade()
    hand_in("ada", "could-not-tell")
    result = grade()
    assert [one.learner for one in result.could_not_tell] == ["ada", "bob"]
    assert not any(one.was_known for one in result.settled)
    with book() as opened:
        first = grades(opened, stem, "ada")["logit_gradient"]
        assert (first.score, first.needs_manual_grade) == (3, True)
        new = grades(opened, stem, "bob")["logit_gradient"]
        assert (new.auto_score, new.needs_manual_grade) == (None, True)
    hand_in("ada", "4")
    grade()
    with book() as opened:
        first = grades(opened, stem, "ada")["logit_gradient"]
        assert (first.score, first.needs_manual_grade) == (4, False)


def test_a_person_settles_what_could_not_be_told(classroom, stem, hand_in, grade, book):
    def asked():
        with book() as opened:
            return grades(opened, stem, "ada")["logit_gradient"].needs_manual_grade

    hand_in("ada", "could-not-tell")
    grade()
    assert asked()
    assert "not settled" in (classroom.root / "report.html").read_text()
    with book() as opened:
        of_part = grades(opened, stem, "ada")["logit_gradient"]
        of_part.manual_score, of_part.needs_manual_grade = 2.0, False  # as formgrader does
        opened.db.commit()
    grade()
    assert not asked()
    assert "not settled" not in (classroom.root / "report.html").read_text()
    hand_in("ada", "could-not-tell what is new")
    grade()
    assert asked()


@pytest.mark.slow
def test_a_fault_of_ours_is_never_a_zero_and_stops_nobody_else(stem, hand_in, grade, book):
    hand_in("ada", "2")
    hand_in("bob", "crash")
    hand_in("cem", "raise")
    hand_in("eve", "3")
    result = grade(workers=2)
    assert [one.learner for one in result.could_not_tell] == ["bob", "cem"]
    assert sorted(result.faults) == [
        f"bob, {stem}: its process ended with code 7",
        f"cem, {stem}: RuntimeError: a fault of ours",
    ]
    with book() as opened:
        assert scores(opened, stem, "ada")["logit_gradient"] == 2
        assert scores(opened, stem, "eve")["logit_gradient"] == 3
        lost = grades(opened, stem, "bob")["logit_gradient"]
        assert (lost.auto_score, lost.needs_manual_grade) == (None, True)


def test_a_late_hand_in_is_taken_again_for_its_time(stem, hand_in, grade, book):
    hand_in("ada", "4", timestamp="2025-01-01 00:00:00 UTC")
    grade()
    hand_in("ada", "4", timestamp="2025-01-02 00:00:00 UTC")
    result = grade()
    assert (result.settled[0].was_known, result.committed) == (True, 1)
    with book() as opened:
        assert str(opened.find_submission(stem, "ada").timestamp) == "2025-01-02 00:00:00"


def test_late_penalties_of_the_settings_apply(classroom, stem, hand_in, grade, book, monkeypatch):
    plugin = "from nbgrader.plugins import BasePlugin\nclass Half(BasePlugin):\n"
    plugin += "    def late_submission_penalty(self, student_id, score, seconds):\n        return score / 2\n"
    (classroom.root / "half.py").write_text(plugin)
    monkeypatch.syspath_prepend(str(classroom.root))
    with classroom.config.open("a") as file:
        file.write('\nc.AssignLatePenalties.plugin_class = "half.Half"\n')
    with book() as opened:
        opened.update_or_create_assignment(stem, duedate="2025-01-01")
    hand_in("ada", "4", timestamp="2025-01-02 00:00:00 UTC")
    grade()
    with book() as opened:
        assert opened.find_submission_notebook(stem, stem, "ada").late_submission_penalty == 2


def test_one_learner_and_another_database(classroom, stem, hand_in, grade, book, tmp_path):
    hand_in("ada", "4")
    hand_in("bob", "4")
    assert [one.learner for one in grade(learner="bob").settled] == ["bob"]
    url = f"sqlite:///{tmp_path / 'other.db'}"
    release(classroom, stem, url)
    assert grade(db_url=url).committed == 2
    with book(url) as opened:
        assert scores(opened, stem, "ada")["logit_gradient"] == 4


def test_odd_files_and_names_stop_nothing(classroom, stem, hand_in, grade, book):
    hand_in("ada", "4")
    folder = classroom.submitted / "ada" / stem
    (folder / "secret").symlink_to(classroom.root / ".secret")
    (folder / "timestamp.txt").symlink_to("/dev/zero")
    hand_in("müller von 07", "3")
    moved = classroom.submitted / "müller von 07" / stem
    (moved / f"{stem}.ipynb").rename(moved / ('it\'s "mine" ünd ' + "x" * 200 + ".ipynb"))
    (classroom.submitted / "linked").symlink_to(classroom.submitted / "ada")
    (classroom.submitted / "none" / stem).mkdir(parents=True)
    (classroom.submitted / "folder" / stem / f"{stem}.ipynb").mkdir(parents=True)
    for odd in ("=1+1", ".hidden", "a*b", "<b>"):
        (classroom.submitted / odd / stem).mkdir(parents=True)
    result = grade()
    notes = {one.learner: one.report.notes for one in result.settled}
    assert sorted(notes) == ["ada", "folder", "müller von 07", "none"]
    assert notes["ada"] == ()
    assert "not called" in notes["müller von 07"][0]
    assert "No notebook was handed in." in notes["none"]
    assert "it is a folder" in notes["folder"][0]
    assert sorted(classroom.strangers()) == ["'.hidden'", "'<b>'", "'=1+1'", "'a*b'", "'linked'"]
    with book() as opened:
        assert scores(opened, stem, "müller von 07")["logit_gradient"] == 3
        assert scores(opened, stem, "none")["logit_gradient"] == 0
    for place in ("autograded", "feedback", "intake"):
        assert not any(path.is_symlink() for path in (classroom.root / place).rglob("*"))
        assert not list((classroom.root / place).rglob("secret"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:////nowhere/x.db", "sqlite:////nowhere/x.db cannot be opened: unable to open database file"),
        ("nonsense", "'nonsense' cannot be opened: Could not parse"),
        ("oracle+oracledb://me:secret@host/book", "oracle+oracledb://me:***@host/book cannot be opened: No module"),
    ],
)
def test_a_gradebook_that_cannot_be_opened_is_told_with_the_first_hand_in(
    classroom, stem, hand_in, grade, watcher, url, message
):
    for learner in ("ada", "bob"):
        hand_in(learner, "4")
    with pytest.raises(GradebookError, match=re.escape(message)):
        grade(db_url=url)
    assert watcher.learners == []
    assert len(list(classroom.intake.glob("*/*/*.ipynb"))) == 1  # the second was not begun
    with pytest.raises(GradebookError, match=re.escape(message)):
        release(classroom, stem, url)


def test_a_gradebook_that_does_not_know_the_exercise(classroom, stem, hand_in, grade):
    hand_in("ada", "4")
    database = classroom.root / "gradebook.db"
    database.unlink()
    with pytest.raises(GradebookError, match=f"does not know {stem}. Release again"):
        grade()
    database.write_text("no database, but longer than the first page would have to be to look like one" * 100)
    with pytest.raises(GradebookError, match="cannot be opened: file is not a database"):
        grade()


def test_refusals(classroom, stem, grade, hand_in, watcher):
    with pytest.raises(NothingToGradeError):
        grade()
    hand_in("ada", "4")
    with classroom.lock(), pytest.raises(ClassroomError, match="Another command"):
        grade()
    with pytest.raises(ClassroomError, match="not released"):
        grade_class(classroom, ["lrp"], watcher)


def test_the_graded_notebook_says_which_result_it_shows_and_not_what_the_learner_says(classroom, stem, hand_in, grade):
    notebook = assembly.release_version(assembly.assemble(stem))
    notebook.metadata["autograder"] = {"result": "forged", "notes": ["forged"], "timestamp": "2000-01-01 00:00:00 UTC"}
    hand_in("ada", raw=nbformat.writes(notebook).encode())
    grade()
    shown = json.loads((classroom.autograded / "ada" / stem / f"{stem}.ipynb").read_text())["metadata"]["autograder"]
    assert shown["notes"] == []
    assert shown["timestamp"] is None
    assert len(shown["result"]) == 64
