"""Arguments that several commands share."""

from __future__ import annotations

import click

from autograder import rooms
from autograder.errors import UnknownStemError


def known_stems(_context: click.Context, _parameter: click.Parameter, stems: tuple[str, ...]) -> tuple[str, ...]:
    """A click callback: the stems as given, once each.

    Raises:
        click.BadParameter: one of them names no technique of the course.
    """
    try:
        return tuple(dict.fromkeys(rooms.require_stem(stem) for stem in stems))
    except UnknownStemError as error:
        raise click.BadParameter(str(error)) from error
