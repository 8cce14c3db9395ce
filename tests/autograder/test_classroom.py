"""A class's folder: its secret, its lock, whose hand-in is where."""

import os
import stat
import threading
from datetime import UTC, datetime

import pytest

from autograder.classroom import Classroom, ClassroomError, format_timestamp, is_learner_id, parse_timestamp


def test_creating_twice_changes_nothing(tmp_path):
    classroom = Classroom.create(tmp_path / "class")
    secret = classroom.secret()
    classroom.config.write_text("# mine")
    again = Classroom.create(tmp_path / "class")
    assert again.secret() == secret
    assert classroom.config.read_text() == "# mine"


def test_the_secret_is_the_owners_alone_and_differs_between_classes(tmp_path):
    one, other = Classroom.create(tmp_path / "one"), Classroom.create(tmp_path / "other")
    assert one.secret() != other.secret()
    assert len(one.secret()) == 32
    assert stat.S_IMODE((one.root / ".secret").stat().st_mode) == 0o600
    assert not list(one.root.glob(".secret-*"))


def test_of_processes_that_make_the_secret_at_once_all_get_the_same(tmp_path):
    secrets = []
    threads = [threading.Thread(target=lambda: secrets.append(Classroom(tmp_path).secret())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(secrets)) == 1


def test_a_damaged_secret_is_an_error_not_a_new_one(tmp_path):
    (tmp_path / ".secret").write_bytes(b"short")
    with pytest.raises(ClassroomError, match="damaged"):
        Classroom(tmp_path).secret()


def test_a_folder_that_is_no_classroom_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(ClassroomError, match="autograder release"):
        Classroom.open(tmp_path)


def test_the_lock_keeps_others_out_and_opens_again(tmp_path):
    classroom = Classroom.create(tmp_path)
    with classroom.lock(), pytest.raises(ClassroomError, match="Another command"), Classroom(tmp_path).lock():
        pass
    with classroom.lock():
        pass


@pytest.mark.parametrize("name", ["ada", "a", "müller-07", "Ada Lovelace", "x.y_z@uni.test", "李", "x" * 100])
def test_learner_ids(name):
    assert is_learner_id(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        " ada",
        "ada ",
        "=1",
        "-x",
        "@x",
        "+x",
        "a*",
        "[a]",
        "{a}",
        "a\n",
        "<b>",
        "a'b",
        "x" * 101,
    ],
)
def test_no_learner_ids(name):
    assert not is_learner_id(name)


def test_timestamps_go_round_and_nbgraders_are_read():
    moment = datetime(2025, 3, 4, 5, 6, 7, 890, tzinfo=UTC)
    assert parse_timestamp(format_timestamp(moment)) == moment
    assert parse_timestamp("2015-02-02 15:58:23.948203 UTC\n").year == 2015
    for text in ("", "never", "1" * 50):
        with pytest.raises(ValueError):
            parse_timestamp(text)


def test_of_several_notebooks_the_named_one_counts_else_the_newest(tmp_path):
    classroom = Classroom.create(tmp_path)
    folder = classroom.submitted / "ada" / "lrp"
    folder.mkdir(parents=True)
    for age, name in enumerate(["b.ipynb", "a.ipynb", "c.txt"]):
        (folder / name).write_text("{}")
        os.utime(folder / name, (1000 - age, 1000 - age))
    (hand_in,) = classroom.hand_ins("lrp")
    assert hand_in.path.name == "b.ipynb"
    assert "of 2 notebooks the newest" in hand_in.notes[0]
    (folder / "lrp.ipynb").symlink_to("/etc/passwd")
    (hand_in,) = classroom.hand_ins("lrp")
    assert (hand_in.path.name, hand_in.notes) == ("lrp.ipynb", ())
