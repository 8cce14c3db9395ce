"""`grade`: a class into the gradebook."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from autograder import rooms
from autograder.classroom import Classroom
from autograder.commands.arguments import known_stems
from autograder.gradebook.batch import ClassResult, grade_class
from autograder.gradebook.grading import Settled

ALL_GRADED, COULD_NOT_TELL = 0, 2
INTERRUPTED = 130  # as a shell says it of a command that Ctrl-C ended


@click.command("grade")
@click.argument("stems", nargs=-1, metavar="[STEM]...", callback=known_stems)
@click.option("--workers", type=click.IntRange(min=1), help="Processes that grade; default: one for each processor.")
@click.option("--student", metavar="ID", help="Grade only this learner.")
@click.option(
    "--classroom",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("classroom"),
    show_default=True,
    help="The class's folder.",
)
@click.option(
    "--db", "db_url", metavar="URL", help="SQLAlchemy address of the gradebook; default: as in nbgrader_config.py."
)
@click.option("--force", is_flag=True, help="Grade also what has been graded. Manual scores and comments stay.")
@click.option("--no-feedback", is_flag=True, help="Do not write feedback pages.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per learner and line.")
def command(
    stems: tuple[str, ...],
    workers: int | None,
    student: str | None,
    classroom: Path,
    db_url: str | None,
    force: bool,
    no_feedback: bool,
    as_json: bool,
) -> int:
    """Grade a class into nbgrader's gradebook and write feedback; every released exercise if none is named.

    What has been graded and committed is left alone, so a stopped run is continued by the same command. In the end
    report.html in the classroom tells of the whole class.

    Exit code: 0 all graded, 2 anything that could not be told.

    Example: python -m autograder grade sensitivity_analysis --workers 2
    """
    place = Classroom.open(classroom)
    chosen = stems or tuple(stem for stem in rooms.stems() if stem in place.released())
    console = Console(stderr=as_json)
    try:
        with _Display(console, as_json) as display:
            result = grade_class(
                place,
                chosen,
                display,
                workers=workers,
                learner=student,
                db_url=db_url,
                anew=force,
                feedback=not no_feedback,
            )
    except KeyboardInterrupt:
        again = "without --force, the same command goes on" if force else "the same command goes on where this one was"
        console.print(f"Stopped. Nothing is lost: {again}.")
        return INTERRUPTED
    _summarize(console, place, result)
    return COULD_NOT_TELL if result.could_not_tell or result.faults else ALL_GRADED


class _Display:
    """A bar with an estimate on a terminal; elsewhere one line for each learner whose hand-in is graded."""

    def __init__(self, console: Console, as_json: bool) -> None:
        self._console = console
        self._as_json = as_json
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> _Display:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, total: int) -> None:
        self._task = self._progress.add_task("Grading", total=total)

    def done(self, settled: Settled) -> None:
        if self._as_json:
            click.echo(json.dumps({"learner": settled.learner, **settled.report.to_json()}))
        elif not self._console.is_terminal:
            self._console.print(_line(settled), soft_wrap=True, highlight=False)
        if self._task is not None:
            self._progress.advance(self._task)


def _line(settled: Settled) -> str:
    report = settled.report
    how = "could not tell" if report.outcome == "could-not-tell" else f"{report.score:g}/{report.max_score:g}"
    return escape(f"{settled.learner}  {settled.stem}  {how}{'  (known)' if settled.was_known else ''}")


def _summarize(console: Console, classroom: Classroom, result: ClassResult) -> None:
    known = sum(one.was_known for one in result.settled)
    console.print(
        f"{len(result.settled)} hand-ins: {len(result.settled) - known} graded now, {known} known; "
        f"{result.committed} written to the gradebook."
    )
    console.print(f"The class at a glance: {escape(str(result.overview))}", soft_wrap=True, highlight=False)
    for one in result.could_not_tell:
        console.print(f"[yellow]?[/yellow] {escape(one.learner)}, {one.stem}: could not tell; needs a person's look")
    for fault in result.faults:
        console.print(f"[red]![/red] {escape(fault)}", soft_wrap=True)
    for name in classroom.strangers():
        console.print(f"[yellow]-[/yellow] {escape(name)} in submitted/ is no learner's folder; it was left out")
