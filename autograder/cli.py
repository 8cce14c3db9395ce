"""The command line: joins the commands, and gives every error its line and its exit code.

Exit codes: 0 all well; 1 (`check`) less than full marks; 2 a fault of ours; 64 the command was used wrongly.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from autograder.errors import AutograderError
from autograder.sandbox.environment import NUMERICS

USAGE_ERROR = 64
OUR_FAULT = 2
COMMANDS = {
    "release": "Assemble exercises and release them to learners.",
    "collect": "Take hand-ins from an archive or a folder into the classroom.",
    "check": "Grade notebooks now and print what was found.",
    "grade": "Grade a class into nbgrader's gradebook.",
    "selftest": "Try to break out of the sandbox; print what holds.",
    "stems": "List the techniques, their parts and points.",
}


class LazyGroup(click.Group):
    """Commands that are imported when they are used: TensorFlow takes seconds, `--help` must not."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Names, in the order of the work."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command object of `commands/<name>.py`."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"autograder.commands.{name}").command
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing a single command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, name="autograder", context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Grade the exercises of Understanding NN.

    Example: python -m autograder check work/sensitivity_analysis.ipynb
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # workers are forked, and stand side by side
    os.environ.update(NUMERICS)  # references are computed as submissions are
    try:
        result: Any = group.main(args=arguments, prog_name="python -m autograder", standalone_mode=False)
        sys.exit(result if isinstance(result, int) else 0)
    except click.exceptions.Abort:
        click.echo("Stopped. Nothing is lost; run the same command again to go on.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE_ERROR)
    except AutograderError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(OUR_FAULT)
