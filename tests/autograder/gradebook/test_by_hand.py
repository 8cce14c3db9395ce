"""nbgrader's own commands, run by hand in a classroom."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.gradebook.batch import grade_class

pytestmark = pytest.mark.slow


def nbgrader(classroom, *arguments):
    command = Path(sys.executable).with_name("nbgrader")
    environment = {**os.environ, "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([command, *arguments], cwd=classroom.root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_autograde_feedback_and_export(classroom, stem, hand_in, watcher, simple_engine):
    hand_in("ada", "3", timestamp="2025-01-02 03:04:05 UTC")
    hand_in("eve", raw=b"\xff\xfe broken")
    folder = classroom.submitted / "eve" / stem
    (folder / "stolen.txt").symlink_to(classroom.root / ".secret")
    (folder / ".stolen").symlink_to(classroom.root / ".secret")
    grade_class(classroom, [stem], watcher, workers=1, start_engine=simple_engine)
    by_us = {path: path.read_bytes() for path in (classroom.root / "autograded").rglob("*.ipynb")}

    log = nbgrader(classroom, "autograde", stem, "--force")  # finds the results of our run, so needs no sandbox here
    assert "Sanitizing" in log
    for path, content in by_us.items():
        assert path.read_bytes() == content
    again = grade_class(classroom, [stem], watcher, workers=1, start_engine=simple_engine)
    assert again.committed == 0

    nbgrader(classroom, "generate_feedback", stem, "--force")
    page = classroom.feedback_page("ada", stem).read_text()
    assert "3 of 4 points" in page
    assert "<math" in page
    assert re.findall(r"""(?:src|href)=["']?(?:https?:)?//[^"' >]*|cdnjs""", page) == []
    nbgrader(classroom, "export")
    with (classroom.root / "grades.csv").open() as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert (rows["ada"]["score"], rows["ada"]["timestamp"]) == ("3.0", "2025-01-02 03:04:05")
    assert rows["eve"]["score"] == "0.0"
    assert not [
        cell for row in rows.values() for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t"))
    ]  # formulas
    for place in ("autograded", "feedback"):
        names = {path.name for path in (classroom.root / place).rglob("*") if path.is_file()}
        assert names <= {f"{stem}.ipynb", f"{stem}.html"}
