"""`release`, `collect` and `grade` from the command line: what they print, and how they exit."""

import functools
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder import assembly, cli
from autograder.commands import grade as grade_command
from autograder.gradebook import batch


@pytest.fixture
def run(monkeypatch, simple_engine, capfd):
    """Runs a command in this process, with the simple engine; gives exit code and what was printed."""
    simple = functools.partial(batch.grade_class, start_engine=simple_engine)
    monkeypatch.setattr(grade_command, "grade_class", simple)

    def run_command(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main([str(argument) for argument in arguments])
        return end.value.code, capfd.readouterr()

    return run_command


def notebook(stem, comment):
    made = assembly.release_version(assembly.assemble(stem))
    next(c for c in made.cells if c.metadata.nbgrader.solution).source = f"def logit_gradient(): ...  # {comment}"
    return nbformat.writes(made)


@pytest.mark.slow
def test_from_release_to_grades(tmp_path, stem, run):
    place = tmp_path / "class"
    code, printed = run("release", stem, "--classroom", place)
    assert (code, printed.err) == (0, "")
    assert (place / "release" / stem / f"{stem}.ipynb").is_file()

    with zipfile.ZipFile(tmp_path / "hand-ins.zip", "w") as archive:
        archive.writestr(f"ada_{stem}.ipynb", notebook(stem, 4))
        archive.writestr(f"bob/{stem}.ipynb", notebook(stem, "could-not-tell"))
        archive.writestr(f"../{stem}.ipynb", "")
    code, printed = run("collect", tmp_path / "hand-ins.zip", "--classroom", place)
    assert code == 0
    assert "2 taken, 1 skipped" in printed.out

    code, printed = run("grade", stem, "--classroom", place, "--json", "--workers", 1)
    reports = {report["learner"]: report for report in map(json.loads, printed.out.splitlines())}
    assert code == 2
    assert (reports["ada"]["outcome"], reports["ada"]["score"]) == ("graded", 4)
    assert reports["bob"]["outcome"] == "could-not-tell"
    assert "bob" in printed.err

    code, printed = run("grade", "--classroom", place, "--student", "ada")
    assert code == 0
    assert f"ada  {stem}  4/10  (known)" in printed.out
    assert "0 graded now, 1 known; 0 written" in printed.out
    code, printed = run("grade", "--classroom", place, "--student", "ada", "--force")
    assert "1 graded now, 0 known; 1 written" in printed.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["grade", "--workers", "0"], 64, "Invalid value"),
        (["grade", "--nonsense"], 64, "No such option"),
        (["collect"], 64, "Missing argument"),
        (["collect", "no-such-file"], 64, "does not exist"),
    ],
)
def test_wrong_use(run, arguments, code, message):
    found, printed = run(*arguments)
    assert found == code
    assert message in printed.err


@pytest.mark.parametrize("command", [["grade"], ["collect", "."]])
def test_a_folder_that_is_no_classroom(run, tmp_path, command):
    code, printed = run(*command, "--classroom", tmp_path)
    assert code == 2
    assert "is no classroom" in printed.err


def test_an_unknown_exercise(run, classroom):
    code, printed = run("grade", "no_such_stem", "--classroom", classroom.root)
    assert code != 0
    assert "no_such_stem" in printed.err


STOPPED = """
import functools, sys, time
from contextlib import contextmanager
from autograder import cli
from autograder.commands import grade
from autograder.gradebook import batch

class Engine:
    def grade_notebook(self, clean, stem):
        print("grading", file=open(sys.argv[2], "a"))
        time.sleep(600)

@contextmanager
def start_engine(secret, limits):
    yield Engine()

if __name__ == "__main__":
    grade.grade_class = functools.partial(batch.grade_class, start_engine=start_engine)
    cli.main(["grade", "--classroom", sys.argv[1], "--workers", "2"])
"""


@pytest.mark.slow
def test_ctrl_c_stops_at_once_and_says_how_to_go_on(tmp_path, classroom, hand_in):
    for learner in ("ada", "bob", "eve"):
        hand_in(learner, learner)
    script, log = tmp_path / "stopped.py", tmp_path / "log"
    script.write_text(STOPPED)
    arguments = [sys.executable, script, classroom.root, log]
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent.parent)}
    process = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    while not (log.exists() and len(log.read_text().splitlines()) == 2):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    output, _ = process.communicate()
    assert process.returncode == 130
    assert "the same command goes on" in output
    assert len(log.read_text().splitlines()) == 2
