"""One child: confines itself, then serves its line."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any, NoReturn

from . import confine, frames, values
from .capture import OutputLimits, Outputs
from .runner import Runner
from .shell import GradingShell, build_shell

__all__ = ["SHELL", "build_shell", "run"]

SHELL: GradingShell | None = None
"""Built in the warm parent, once for all children."""

_FILTER = Path(__file__).with_name("filter.bpf").read_bytes()


def run(request: dict[str, Any], line: socket.socket) -> NoReturn:
    """Run in the new process until the line closes; never returns.

    Args:
        request: from the other side: limits, environment, whether to confine.
        line: this child's end of the socket pair, its only way out.
    """
    assert SHELL is not None, "the warm parent builds the shell"
    try:
        _confine(request)
        SHELL.attach(Outputs(OutputLimits(**request["outputs"])))
        if request["confined"]:
            confine.load_filter(_FILTER)
        frames.send(line, {"confined": True})
    except confine.ConfineError as error:
        frames.send(line, {"step": error.step, "errno": error.number})
        os._exit(1)
    except BaseException as error:
        frames.send(line, {"step": f"start: {type(error).__name__}: {error}"[:2000], "errno": 0})
        os._exit(1)
    Runner(line, SHELL, values.ValueLimits(**request["values"]), tuple(request["frame_bytes"])).serve()


def _confine(request: dict[str, Any]) -> None:
    confine.die_with_parent()
    if request["confined"]:
        confine.mount_private(request["disk_bytes"], request["inodes"])
        confine.limit_resources(request["resources"])
        confine.drop_rights()
    else:
        confine.limit_resources({key: value for key, value in request["resources"].items() if key != "NPROC"})
    os.environ.clear()
    os.environ.update(request["environment"])
    os.environ.update(dict.fromkeys(request["homes"], str(Path.cwd())))
