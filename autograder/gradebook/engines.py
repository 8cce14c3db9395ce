"""What grades a class: one engine in each worker, and one warm parent for all of them."""

from __future__ import annotations

import multiprocessing.forkserver
import socket
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nbformat import NotebookNode

from autograder.sandbox import Limits, Sandbox
from autograder.sandbox.confinement import require_confinement

if TYPE_CHECKING:
    from autograder.engine import Graded


class GradingEngine(Protocol):
    """The part of the engine that a class needs."""

    def grade_notebook(self, clean: NotebookNode, stem: str) -> Graded:
        """See `autograder.engine.Engine.grade_notebook`."""


EngineStarter = Callable[[bytes, Limits, Path], AbstractContextManager[GradingEngine]]
"""Starts an engine, given secret, limits and the folder of kept cases."""


def confined_engine(
    secret: bytes, limits: Limits, cases: Path, *, line: socket.socket | None = None
) -> AbstractContextManager[GradingEngine]:
    """The engine that runs submissions in the sandbox: the only one that a class is graded with.

    Args:
        secret: the classroom's.
        limits: what a submission may use.
        cases: the classroom's folder of kept cases.
        line: of a warm parent that is shared; None: it starts its own.
    """
    from autograder.engine import Engine  # imports TensorFlow, which a run of known results does not need

    return Engine(secret, limits, cases=cases, line=line)


@contextmanager
def one_warm_parent(limits: Limits) -> Generator[EngineStarter, None, None]:
    """Start and test one sandbox; give back what starts engines, in any process, that share its warm parent.

    Raises:
        ConfinementError: this machine cannot confine a submission.
    """
    with Sandbox(limits, spares=0) as sandbox:
        require_confinement(sandbox)
        with sandbox.share() as line:
            yield partial(confined_engine, line=line)


def fork_server(preload: Iterable[str]) -> ForkServerContext:
    """Start the process that workers are forked from, unless it runs; return at once, it imports meanwhile.

    A fork of this process would carry on with whatever threads it has, and a process from nothing imports for seconds.

    Args:
        preload: modules that it imports, TensorFlow if they do, once for all workers.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    multiprocessing.forkserver.ensure_running()
    return context
