"""The page about a class: what it counts, whom it names, and that nothing in it can act."""

import re
import shutil
from html.parser import HTMLParser

import pytest

from autograder import assembly
from autograder.classroom import Classroom
from autograder.gradebook import batch, overview, tallies
from autograder.gradebook.batch import grade_class
from autograder.gradebook.grading import Marker, Settled
from autograder.gradebook.scores import Score
from autograder.gradebook.tallies import Entry
from autograder.report import CellReport, Report

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """What a browser would make of the page: tags with attributes, and the text of each table's rows."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.text, self._in_row = [], [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append("")
            self._in_row = True
        elif self._in_row:
            self.rows[-1] += " "

    def handle_endtag(self, tag):
        self._in_row = self._in_row and tag != "tr"

    def handle_data(self, data):
        self.text += data
        if self._in_row:
            self.rows[-1] += data

    def row(self, start):
        return next(" ".join(row.split()) for row in self.rows if row.split()[:1] == [start])


def cell(part, score, most, outcome=None, message="", **more):
    return CellReport(part, score, most, outcome or ("passed" if score == most else "failed"), message, **more)


def settled(learner, *cells, notes=(), stem="sensitivity_analysis", wall_time_s=1.0, cpu_time_s=0.5):
    report = Report(stem, tuple(cells), tuple(notes), wall_time_s, cpu_time_s)
    return Settled(learner, stem, "key", report, None, was_known=False)


@pytest.fixture
def page_of(tmp_path):
    """Writes the page over made-up results; gives what a browser would make of it."""
    classroom = Classroom.create(tmp_path / "class")

    def write(*results, saved=None, faults=()):
        path = overview.write(classroom, results, lambda stem: (saved or {}).get(stem, {}), faults)
        assert path == classroom.root / "report.html"
        return Page(path.read_text(encoding="utf-8"))

    return write


def test_counts_points_parts_mistakes_and_times(page_of):
    wrong = {"misconception": "sign", "hint": "Look at the minus."}
    page = page_of(
        settled("ada", cell("first", 4, 4), cell("second", 6, 6), wall_time_s=3),
        settled("bob", cell("first", 4, 4), cell("second", 0, 6, **wrong), wall_time_s=7.25, cpu_time_s=2),
        settled("cem", cell("first", 0, 4, **wrong), cell("second", 0, 6, **wrong)),
        settled("dan", cell("first", 4, 4), cell("second", 0, 6, misconception="scale", hint=None)),
    )
    assert "4 hand-ins. The median is 4 of 10 points." in " ".join(page.text.split())
    assert [page.row(points) for points in ("10", "4", "0", "5")] == ["10 1", "4 2", "0 1", "5 0"]
    assert page.row("first") == "first 4 3 of 4"
    assert page.row("second") == "second 6 1 of 4"
    assert page.row("sign") == "sign in first, second 2 Look at the minus."
    assert page.row("from") == "from notebook to verdict 2.00 s 7.25 s bob"
    assert page.row("processor") == "processor time of the submission 0.50 s 2.00 s bob"
    assert "Nobody." in page.text


def test_names_who_needs_a_look_and_why_the_unsettled_first(page_of):
    page = page_of(
        settled("ada", cell("first", 4, 4)),
        settled("bob", cell("first", 0, 4, message="Wrong sign.")),
        settled("cem", cell("first", 0, 4, message="lrp ended the Python process before it was done.", stopped=True)),
        settled("dan", cell("first", 4, 4), notes=["The file began with a byte order mark."]),
        settled("eve", cell("first", 0, 4, "could-not-tell", "Grading failed for a reason of its own.")),
        settled("fay", cell("first", 4, 4)),
        saved={"sensitivity_analysis": {"fay": {"first": Score(3.0, 4.0, True)}}},
    )
    rows = [" ".join(row.split()) for row in page.rows]
    looks = rows[rows.index("learner why") + 1 : rows.index("whole points learners")]
    assert [look.split()[0] for look in looks] == ["eve", "fay", "cem", "dan"]
    assert looks[0] == "eve not settled first: Grading failed for a reason of its own."
    assert looks[1] == f"fay not settled first: {overview.BY_HAND}"
    assert "first: lrp ended the Python process" in looks[2]
    assert looks[3] == "dan The file began with a byte order mark."
    assert page.row("open") == "open 1"


def test_the_gradebook_has_the_last_word_on_points():
    report = Report("lrp", (cell("first", 0, 4), cell("second", 6, 6)))
    by_hand = Entry("ada", "lrp", report, {"second": Score(1.0, 6.0), "first": Score(4.5, 4.0)})
    assert by_hand.total == 5.5
    assert list(by_hand.parts) == ["first", "second"]
    assert [[bar.count for bar in part.bars] for part in tallies.parts([by_hand])] == [[1, 0, 0, 0], [0, 1, 0, 0]]
    gone = Entry("bob", "lrp", None, {"first": Score(None, 4.0), "second": Score(2.0, 6.0)})
    assert gone.total is None
    assert [bar.label for bar in tallies.distribution([by_hand, gone])] == [*map(str, range(10, -1, -1)), "open"]
    assert Entry("eve", "lrp", None).total is None
    assert tallies.middle([gone]) is None


@pytest.mark.parametrize(
    "place", ["learner", "stem", "note", "message", "mistake", "hint", "part", "fault", "stranger"]
)
def test_what_strangers_wrote_is_shown_and_does_nothing(page_of, tmp_path, place):
    def text(here):
        return SCRIPT if place == here else f"plain-{here}"

    if place == "stranger":
        (tmp_path / "class" / "submitted" / SCRIPT.replace("/", "|")).mkdir()
    wrong = cell(text("part"), 0, 4, misconception=text("mistake"), hint=text("hint"), message=text("message"))
    lost = cell("last", 0, 4, "could-not-tell", text("message"))
    note = text("note") + "\0\x1b[2J\udcff"
    page = page_of(
        settled(text("learner"), wrong, lost, notes=[note], stem=text("stem")),
        saved={text("stem"): {text("learner"): {text("part"): Score(0.0, 4.0, True)}}},
        faults=[text("fault")],
    )
    assert "alert(1)" in page.text
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "form", "base", "svg"}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert not [attributes for tag, attributes in page.tags if tag == "a"]


def test_asks_nobody_for_anything(page_of):
    page = page_of(settled("ada", cell("first", 4, 4)))
    policy = next(facts for tag, facts in page.tags if facts.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert not [facts for _, facts in page.tags if "src" in facts or "href" in facts]
    assert not re.search(r"url\(|@import|https?:", page.text)


@pytest.fixture
def grade(classroom, stem, watcher, simple_engine, monkeypatch):
    def settle_here(hand_ins, job, workers):
        with Marker(job.classroom, job.versions, job.limits, job.start_engine) as marker:
            for hand_in in hand_ins:
                yield marker.settle(hand_in, anew=job.anew)

    def run(**options):
        monkeypatch.setattr(batch, "settle_all", settle_here)
        monkeypatch.setattr(batch, "grading_version", lambda stem, limits: "1")
        return grade_class(classroom, [stem], watcher, start_engine=simple_engine, **options)

    return run


def test_a_later_run_tells_of_the_whole_class_and_of_what_a_person_changed(classroom, stem, hand_in, grade):
    hand_in("ada", "4")
    hand_in("bob", "could-not-tell")
    result = grade()
    assert result.overview == classroom.root / "report.html"
    first = Page(result.overview.read_text())
    assert "bob" in first.row("bob")
    assert (first.row("4"), first.row("open")) == ("4 1", "open 1")

    hand_in("eve", "3")
    again = Page(grade(learner="eve").overview.read_text())
    assert (again.row("4"), again.row("3"), again.row("open")) == ("4 1", "3 1", "open 1")
    assert overview.NOT_FOUND in again.row("bob")
    assert ("a", {"href": f"feedback/bob/{stem}/{stem}.html"}) in again.tags

    shutil.rmtree(classroom.results)
    (classroom.root / "gradebook.db").unlink()
    lost = Page(overview.write(classroom, [], lambda stem: {}).read_text())
    assert assembly.exercise(stem).title in lost.text
    assert lost.row("open") == "open 3"


def test_no_feedback_if_none_is_wanted(classroom, stem, hand_in, grade):
    hand_in("ada", "4")
    grade(feedback=False)
    assert not classroom.feedback_page("ada", stem).exists()
    assert (classroom.autograded / "ada" / stem / f"{stem}.ipynb").is_file()
    assert (classroom.root / "report.html").is_file()
    grade()
    assert classroom.feedback_page("ada", stem).is_file()
