"""`stems`: the techniques of the course."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table

from autograder import assembly, rooms


@click.command("stems")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def command(as_json: bool) -> None:
    """List the techniques that have an exercise, with their parts and points.

    Example: python -m autograder stems
    """
    exercises = [assembly.exercise(stem) for stem in rooms.stems()]
    if as_json:
        for exercise in exercises:
            parts = {part.name: part.points for part in exercise.parts}
            click.echo(
                json.dumps({"stem": exercise.stem, "title": exercise.title, "points": exercise.points, "parts": parts})
            )
        return
    table = Table("stem", "title", "minutes", "part", "points")
    for exercise in exercises:
        for position, part in enumerate(exercise.parts):
            first = (exercise.stem, exercise.title, str(exercise.minutes)) if position == 0 else ("", "", "")
            table.add_row(*first, part.name, f"{part.points:g}", end_section=position == len(exercise.parts) - 1)
    Console().print(table)
