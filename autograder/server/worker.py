"""The grader's process: a question a line on standard input, an answer a line on standard output.

A question is `{"stem": ..., "notebook": path}`, an answer `{"report": {...}}` or `{"error": text}`. `{"prepare": stem}`
gets no answer: the exercise's hidden cases are drawn while nobody asks for anything else. The process ends when its
input does. Whatever a library prints goes to standard error, so that an answer is never mixed with it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Literal, TextIO

import click

from autograder.errors import AutograderError
from autograder.sandbox.environment import NUMERICS

if TYPE_CHECKING:
    from autograder.engine import Engine


@click.command()
@click.option("--isolation", type=click.Choice(["bubblewrap", "none"]), default="bubblewrap")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where the secret lies.")
def command(isolation: Literal["bubblewrap", "none"], state: Path) -> None:
    """Answer questions until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.environ.update(NUMERICS)  # references are computed as submissions are
    try:
        from autograder.classroom import Classroom
        from autograder.engine import Engine  # imports TensorFlow, so only now

        state.mkdir(parents=True, exist_ok=True)
        own = Classroom(state)
        with Engine(own.secret(), isolation=isolation, cases=own.cases) as engine:
            serve(engine, sys.stdin, answers)
    except AutograderError as error:  # this machine cannot confine: say so to whoever asks
        for line in sys.stdin:
            if "prepare" not in json.loads(line):
                reply(answers, {"error": str(error)})


def serve(engine: Engine, questions: Iterable[str], answers: TextIO) -> None:
    """Grade what is asked for, one after another; between two questions, prepare."""
    asked: SimpleQueue[str | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(questions, asked), daemon=True).start()
    preparing: deque[Iterator[object]] = deque()
    while True:
        try:
            line = asked.get(block=not preparing)
        except Empty:
            _prepare(preparing)
            continue
        if line is None:
            return
        question = json.loads(line)
        if "prepare" in question:
            preparing.append(_cases(engine, question["prepare"]))
        else:
            reply(answers, _answer(engine, question))


def _listen(questions: Iterable[str], asked: SimpleQueue[str | None]) -> None:
    for line in questions:
        asked.put(line)
    asked.put(None)


def _prepare(preparing: deque[Iterator[object]]) -> None:
    """Draw one case of the exercise that came first; whoever asks meanwhile waits for no more than that."""
    if next(preparing[0], None) is None:
        preparing.popleft()


def _cases(engine: Engine, stem: str) -> Iterator[object]:
    with suppress(AutograderError):  # told to whoever hands in
        yield from engine.prepare(stem)


def _answer(engine: Engine, question: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"report": engine.grade(Path(question["notebook"]), question["stem"]).to_json()}
    except AutograderError as error:
        return {"error": str(error)}


def reply(answers: TextIO, answer: dict[str, Any]) -> None:
    """Write one answer."""
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    command(prog_name="python -m autograder.server.worker")
