"""The command `python -m autograder.server`: what `make course` ends in."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.server import app


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=app.FIRST_PORT, show_default=True)
@click.option(
    "--work", type=click.Path(path_type=Path, file_okay=False), default=app.WORK, help="Folder of your copies."
)
@click.option("--browser/--no-browser", default=False, help="Open the course in your browser.")
@click.option(
    "--isolation",
    type=click.Choice(["bubblewrap", "none"]),
    default="bubblewrap",
    show_default=True,
    help="How hand-ins are confined while graded. 'none' runs them with all your rights: for your own notebooks only.",
)
def command(port: int, work: Path, *, browser: bool, isolation: str) -> None:
    """Serve the book, JupyterLab and hand-ins on this machine, and print the address.

    Example: python -m autograder.server --port 9000
    """
    app.start(port, work=work.resolve(), open_browser=browser, isolation=isolation)


if __name__ == "__main__":
    command(prog_name="python -m autograder.server")
