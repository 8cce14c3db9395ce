"""`release`, `collect` and `grade` from the command line: what they print, and how they exit."""

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

WITH_SIMPLE_ENGINE = """
import functools, sys
sys.path.insert(0, sys.argv[1])
if __name__ == "__main__":
    from simple_engine import start_simple_engine
    from autograder import cli
    from autograder.commands import grade
    from autograder.gradebook import batch
    grade.grade_class = functools.partial(batch.grade_class, start_engine=start_simple_engine)
    cli.main(sys.argv[2:])
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent.parent)}


@pytest.fixture
def run(tmp_path):
    """Runs a command in a process of its own, with the simple engine; gives exit code, output and errors."""
    script = tmp_path / "command.py"
    script.write_text(WITH_SIMPLE_ENGINE)

    def run_command(*arguments):
        line = [sys.executable, script, Path(__file__).parent, *map(str, arguments)]
        done = subprocess.run(line, env=ENVIRONMENT, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    return run_command


@pytest.fixture
def run_here(capfd):
    """Runs a command that ends before it grades anything, in this process."""

    def run_command(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main([str(argument) for argument in arguments])
        return end.value.code, capfd.readouterr().err

    return run_command


def notebook(stem, comment):
    made = assembly.release_version(assembly.assemble(stem))
    next(c for c in made.cells if c.metadata.nbgrader.solution).source = f"def logit_gradient(): ...  # {comment}"
    return nbformat.writes(made)


@pytest.mark.slow
def test_from_release_to_grades(tmp_path, stem, run):
    place = tmp_path / "class"
    code, _, errors = run("release", stem, "--classroom", place)
    assert (code, errors) == (0, "")
    assert (place / "release" / stem / f"{stem}.ipynb").is_file()

    with zipfile.ZipFile(tmp_path / "hand-ins.zip", "w") as archive:
        archive.writestr(f"ada_{stem}.ipynb", notebook(stem, 4))
        archive.writestr(f"bob/{stem}.ipynb", notebook(stem, "could-not-tell"))
        archive.writestr(f"../{stem}.ipynb", "")
    code, output, _ = run("collect", tmp_path / "hand-ins.zip", "--classroom", place)
    assert code == 0
    assert "2 taken, 1 skipped" in output

    code, output, errors = run("grade", stem, "--classroom", place, "--json", "--workers", 1)
    reports = {report["learner"]: report for report in map(json.loads, output.splitlines())}
    assert code == 2
    assert (reports["ada"]["outcome"], reports["ada"]["score"]) == ("graded", 4)
    assert reports["bob"]["outcome"] == "could-not-tell"
    assert "bob" in errors

    code, output, _ = run("grade", "--classroom", place, "--student", "ada")
    assert code == 0
    assert f"ada  {stem}  4/10  (known)" in output
    assert "0 graded now, 1 known; 0 written" in output
    code, output, _ = run("grade", "--classroom", place, "--student", "ada", "--force")
    assert "1 graded now, 0 known; 1 written" in output


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["grade", "--workers", "0"], 64, "Invalid value"),
        (["grade", "--nonsense"], 64, "No such option"),
        (["collect"], 64, "Missing argument"),
        (["collect", "no-such-file"], 64, "does not exist"),
    ],
)
def test_wrong_use(run_here, arguments, code, message):
    found, errors = run_here(*arguments)
    assert found == code
    assert message in errors


@pytest.mark.parametrize("command", [["grade"], ["collect", "."]])
def test_a_folder_that_is_no_classroom(run_here, tmp_path, command):
    code, errors = run_here(*command, "--classroom", tmp_path)
    assert code == 2
    assert "is no classroom" in errors


def test_an_unknown_exercise(run_here, classroom):
    code, errors = run_here("grade", "no_such_stem", "--classroom", classroom.root)
    assert code == 64
    assert "no_such_stem" in errors


STOPPED = """
import functools, signal, sys, time
from contextlib import contextmanager
from autograder import cli
from autograder.commands import grade
from autograder.gradebook import batch

class Engine:
    def grade_notebook(self, clean, stem):
        print("grading", file=open(sys.argv[2], "a"))
        time.sleep(600)

@contextmanager
def start_engine(secret, limits, cases):
    yield Engine()

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started the tests with Ctrl-C ignored
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
    process = subprocess.Popen(arguments, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    while not (log.exists() and len(log.read_text().splitlines()) == 2):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process
    output, _ = process.communicate(timeout=300)  # a hang is a failure, not an endless run
    assert process.returncode == 130
    assert "the same command goes on" in output
    assert len(log.read_text().splitlines()) == 2
