"""The grader's process: a question a line on standard input, an answer a line on standard output.

A question is `{"stem": ..., "notebook": path}`, an answer `{"report": {...}}` or `{"error": text}`. It ends when its
input does. Whatever a library prints goes to standard error, so that an answer is never mixed with it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from autograder.errors import AutograderError

if TYPE_CHECKING:
    from autograder.engine import Engine


@click.command()
@click.option("--isolation", type=click.Choice(["bubblewrap", "none"]), default="bubblewrap")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where the secret lies.")
def command(isolation: Literal["bubblewrap", "none"], state: Path) -> None:
    """Answer questions until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        from autograder.classroom import Classroom
        from autograder.engine import Engine  # imports TensorFlow, so only now

        state.mkdir(parents=True, exist_ok=True)
        own = Classroom(state)
        with Engine(own.secret(), isolation=isolation, cases=own.cases) as engine:
            serve(engine, sys.stdin, answers)
    except AutograderError as error:  # this machine cannot confine: say so to whoever asks
        for _ in sys.stdin:
            reply(answers, {"error": str(error)})


def serve(engine: Engine, questions: TextIO, answers: TextIO) -> None:
    """Grade what is asked for, one after another."""
    for line in questions:
        question = json.loads(line)
        try:
            report = engine.grade(Path(question["notebook"]), question["stem"])
            reply(answers, {"report": report.to_json()})
        except AutograderError as error:
            reply(answers, {"error": str(error)})


def reply(answers: TextIO, answer: dict[str, Any]) -> None:
    """Write one answer."""
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    command(prog_name="python -m autograder.server.worker")
