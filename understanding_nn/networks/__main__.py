"""``python -m understanding_nn.networks``: lists the trained networks, or trains one of them anew."""

import argparse
import sys
from pathlib import Path
from typing import Any

import tensorflow as tf
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from understanding_nn.errors import UnderstandingNNError
from understanding_nn.networks.architectures import MACHINES
from understanding_nn.networks.packaged import card, names
from understanding_nn.networks.training import train


def main(arguments: list[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: the words after the command; by default those it was called with.

    Returns:
        The exit code: 0, or 1 with a message where the training could not be done.

    Example:
        >>> main(["list"])  # doctest: +SKIP
        0
    """
    parser = argparse.ArgumentParser(
        prog="python -m understanding_nn.networks", description=(__doc__ or "").strip("`\n")
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="list the networks with their test accuracy and size")
    training = commands.add_parser("train", help="train a network; an interrupted run goes on where it was")
    training.add_argument("name", choices=[*names(), *MACHINES], help="the network")
    training.add_argument("--output", type=Path, default=Path("trained"), help="folder for weights and card")
    training.add_argument("--checkpoints", type=Path, help="folder for checkpoints (default: the user's cache)")
    chosen = parser.parse_args(arguments)
    try:
        return _list() if chosen.command == "list" else _train(chosen)
    except (UnderstandingNNError, OSError) as error:
        Console(stderr=True).print(f"Training stopped: {error}", style="red", markup=False)
        return 1


def _list() -> int:
    for name in (*names(), *MACHINES):
        content = card(name)
        print(f"{name}: {_result(content)}; {content['num_parameters']} parameters. {content['summary']}")
    return 0


def _train(chosen: argparse.Namespace) -> int:
    # The same weights on each run: without it, threads add up in the order in which they happen to finish.
    tf.config.experimental.enable_op_determinism()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("epochs"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        content = train(chosen.name, chosen.output, chosen.checkpoints, progress)
    print(f"{chosen.name}: {_result(content)}; written to {chosen.output}")
    return 0


def _result(content: dict[str, Any]) -> str:
    if "test_accuracy" in content:
        return f"{content['test_accuracy']:.1%} of the test digits are right"
    return f"log pseudo-likelihood {content['test_log_pseudo_likelihood']:.1f} nats a test digit"


if __name__ == "__main__":
    sys.exit(main())
