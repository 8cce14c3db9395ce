"""`collect`: take hand-ins into the classroom."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from autograder import rooms
from autograder.classroom import Classroom
from autograder.collect import Collected, collect


@click.command("collect")
@click.argument("source", metavar="ARCHIVE|DIR", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--classroom",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("classroom"),
    show_default=True,
    help="The class's folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON object.")
def command(source: Path, classroom: Path, as_json: bool) -> None:
    """Take hand-ins from a zip or tar archive, or a folder, into the classroom's `submitted/`.

    Known by name are LEARNER/EXERCISE.ipynb, LEARNER/EXERCISE/EXERCISE.ipynb and LEARNER_EXERCISE.ipynb, below any
    folders. A newer hand-in is never overwritten.

    Example: python -m autograder collect hand-ins.zip
    """
    place = Classroom.open(classroom)
    with place.lock():
        result = collect(source, place, tuple(rooms.stems()))
    if as_json:
        click.echo(json.dumps({"taken": result.taken, "skipped": result.skipped}))
    else:
        _print(Console(), result)


def _print(console: Console, result: Collected) -> None:
    for learner, stem, what in result.taken:
        console.print(f"[green]✔[/green] {escape(learner)}, {escape(stem)}: {what}", soft_wrap=True)
    for name, reason in result.skipped:
        console.print(f"[yellow]-[/yellow] {escape(name)}: {escape(reason)}", soft_wrap=True)
    console.print(f"{len(result.taken)} taken, {len(result.skipped)} skipped")
