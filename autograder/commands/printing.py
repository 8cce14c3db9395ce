"""How Reports look in a terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.report import Report

MARKS = {"passed": "[green]✔[/green]", "failed": "[red]✘[/red]", "could-not-tell": "[yellow]?[/yellow]"}


def print_report(console: Console, path: Path, report: Report) -> None:
    """Print one Report: a line per part, its message and its hint.

    Args:
        console: where to.
        path: the notebook, as the user named it.
        report: what grading it gave. Its texts are escaped: a learner's notebook may have a say in them.
    """
    console.print(
        f"[bold]{escape(str(path))}[/bold]  {report.score:g} of {report.max_score:g} points"
        f"  [dim]({report.wall_time_s:.1f} s)[/dim]"
    )
    table = Table.grid(padding=(0, 2))
    for cell in report.cells:
        text = escape(cell.message) + (f"\n[cyan]Hint:[/cyan] {escape(cell.hint)}" if cell.hint else "")
        table.add_row(MARKS[cell.outcome], f"{cell.score:g}/{cell.max_score:g}", escape(cell.cell), text)
    console.print(table)
    for note in report.notes:
        console.print(f"[dim]note: {escape(note)}[/dim]")
