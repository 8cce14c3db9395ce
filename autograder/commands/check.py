"""`check`: grade notebooks now."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import click
from rich.console import Console

from autograder.classroom import SECRET_BYTES, Classroom
from autograder.commands.printing import print_report
from autograder.engine import Engine
from autograder.report import Report
from autograder.rooms import require_stem
from autograder.sandbox.parent import Isolation

FULL_MARKS, LESS, OUR_FAULT = 0, 1, 2


@click.command("check")
@click.argument("notebooks", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--stem", help="The technique; default: the file's name without its ending.")
@click.option(
    "--classroom",
    type=click.Path(path_type=Path),
    default=Path("classroom"),
    show_default=True,
    help="Whose secret the hidden cases are drawn from; without one, cases are drawn anew.",
)
@click.option(
    "--isolation",
    type=click.Choice(["bubblewrap", "none"]),
    default="bubblewrap",
    show_default=True,
    help="'none' runs the notebook with all your rights: only for your own.",
)
@click.option("--json", "as_json", is_flag=True, help="One Report per line, as JSON.")
def command(notebooks: tuple[Path, ...], stem: str | None, classroom: Path, isolation: Isolation, as_json: bool) -> int:
    """Grade notebooks now and print what the hidden tests found.

    Exit code: 0 full marks for all, 1 less, 2 a fault of ours.

    Example: python -m autograder check work/sensitivity_analysis.ipynb
    """
    stems = [_stem_of(path, stem) for path in notebooks]
    console = Console(stderr=as_json)
    place = Classroom(classroom.absolute()) if classroom.is_dir() else None
    secret, cases = (place.secret(), place.cases) if place else (secrets.token_bytes(SECRET_BYTES), None)
    if isolation == "none":
        console.print("[yellow]Without isolation: the notebook can read and change everything that you can.[/yellow]")
    reports = []
    with (
        console.status("Starting the sandbox (a few seconds) …"),
        Engine(secret, isolation=isolation, cases=cases) as engine,
    ):
        for path, name in zip(notebooks, stems, strict=True):
            reports.append(engine.grade(path, name))
            click.echo(json.dumps(reports[-1].to_json())) if as_json else print_report(console, path, reports[-1])
    return _exit_code(reports)


def _stem_of(path: Path, stem: str | None) -> str:
    try:
        return require_stem(stem or path.stem)
    except ValueError as error:
        raise click.UsageError(f"{path}: {error}. Name it with --stem.") from None


def _exit_code(reports: list[Report]) -> int:
    if any(report.outcome == "could-not-tell" for report in reports):
        return OUR_FAULT
    return FULL_MARKS if all(report.score == report.max_score for report in reports) else LESS
