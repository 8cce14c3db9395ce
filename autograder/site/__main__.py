"""The command `python -m autograder.site`: what `make book` calls."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from autograder.errors import AutograderError
from autograder.site import assets
from autograder.site.build import OUTPUT, build

Answer = TypeVar("Answer")


@click.group()
def command() -> None:
    """Build the site of the course."""


@command.command("build")
@click.option("--force", is_flag=True, help="Build even when nothing has changed.")
def build_command(*, force: bool) -> None:
    """Build the book into _build/html.

    Example: python -m autograder.site build
    """
    console = Console(stderr=True)
    begun = time.monotonic()
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("book", total=100, visible=console.is_terminal)

        def show(percent: int, page: str) -> None:
            bar.update(task, completed=percent, description=f"book: {page}")
            if not console.is_terminal:
                click.echo(f"book: {percent:3d}% {page}", err=True)

        done = _or_exit(lambda: build(show, force=force))
    took = f"built in {time.monotonic() - begun:.0f} s" if done else "up to date"
    click.echo(f"book: {took}, {OUTPUT / 'index.html'}")


@command.command("assets")
def assets_command() -> None:
    """Fetch the scripts that the pages load (MathJax, thebe) into _build/assets.

    Example: python -m autograder.site assets
    """
    fetched = _or_exit(assets.install)
    click.echo(f"assets: fetched {', '.join(fetched)}" if fetched else "assets: up to date")


def _or_exit(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except AutograderError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    command(prog_name="python -m autograder.site")
