"""`selftest`: try to break out."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from autograder.sandbox.confinement import Probe, self_test
from autograder.sandbox.limits import Limits

ALL_HELD, OUR_FAULT = 0, 2


@click.command("selftest")
@click.option("--json", "as_json", is_flag=True, help="One attempt per line, as JSON.")
def command(as_json: bool) -> int:
    """Try to break out of the sandbox and to exceed each of its limits; print what held.

    Exit code: 0 if everything held, 2 if anything did not: then do not grade on this machine. `grade` itself refuses
    where an attempt to break out succeeds; it does not try the limits.

    Example: python -m autograder selftest
    """
    console = Console(stderr=as_json)
    with console.status("Trying to break out (half a minute) …"):
        probes = self_test()
    if as_json:
        for probe in probes:
            click.echo(json.dumps(asdict(probe)))
    else:
        _print(console, probes)
    return ALL_HELD if all(probe.held for probe in probes) else OUR_FAULT


def _print(console: Console, probes: list[Probe]) -> None:
    limits = Table("limit of one submission", "value", title="Limits")
    for name, value in asdict(Limits()).items():
        for label, amount in value.items() if isinstance(value, dict) else [(name, value)]:
            limits.add_row(label, f"{amount:,}")
    console.print(limits)
    attempts = Table("", "a submission cannot …", "what the attempt met", title="Attempts to break out")
    for probe in probes:
        attempts.add_row("[green]held[/green]" if probe.held else "[red]NOT HELD[/red]", probe.name, probe.detail)
    console.print(attempts)
    broken = [probe for probe in probes if not probe.held]
    for probe in broken:
        console.print(f"[red]{probe.name}[/red]: {probe.meaning}")
    console.print(f"{len(probes) - len(broken)} of {len(probes)} held.")
