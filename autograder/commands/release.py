"""`release`: assemble exercises and release them into the classroom."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import track

from autograder import rooms
from autograder.classroom import Classroom
from autograder.commands.arguments import known_stems
from autograder.gradebook.preparing import prepare
from autograder.gradebook.releasing import release


@click.command("release")
@click.argument("stems", nargs=-1, metavar="[STEM]...", callback=known_stems)
@click.option(
    "--classroom",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("classroom"),
    show_default=True,
    help="The class's folder; made if there is none.",
)
@click.option("--db", "db_url", help="SQLAlchemy address of the gradebook; default: as in nbgrader_config.py.")
@click.option(
    "--cases/--no-cases",
    default=True,
    help="Draw the hidden cases now, some seconds for each exercise, or when the first notebook is graded.",
)
def command(stems: tuple[str, ...], classroom: Path, db_url: str | None, cases: bool) -> None:
    """Assemble exercises and release them into the classroom; all of them if none is named.

    Example: python -m autograder release sensitivity_analysis
    """
    chosen = stems or rooms.stems()
    console = Console()
    place = Classroom.create(classroom)
    with place.lock():
        for stem in chosen:
            with console.status(f"Releasing {escape(stem)} …"):
                path = release(place, stem, db_url)
            console.print(f"[green]✔[/green] {escape(str(path))}", soft_wrap=True)
    if cases:
        for stem in track(prepare(place, chosen), "Drawing hidden cases", len(chosen), console=console):
            console.print(f"[green]✔[/green] hidden cases of {escape(stem)}")
