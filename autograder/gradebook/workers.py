"""Processes that settle hand-ins side by side: each with its own sandbox, replaced if it dies, not waited for ever."""

from __future__ import annotations

import gc
import logging
import os
import signal
import time
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

from autograder.classroom import Classroom, HandIn
from autograder.errors import AutograderError
from autograder.gradebook.engines import EngineStarter, confined_engine, fork_server, one_warm_parent
from autograder.gradebook.grading import Marker, Settled
from autograder.rooms import grading_modules
from autograder.sandbox import ConfinementError, Limits

ATTEMPTS = 3
"""How often a hand-in is given to a worker when the fault is ours."""
TASK_TIMEOUT_S = 1800.0
"""Longest that a worker may be silent over one hand-in: far more than all limits of a submission together."""
LOG = "grading.log"
"""File in the classroom that workers log to."""
FAREWELL_S = 10.0
"""How long a worker may take to close its sandbox when it is asked to go."""


class WorkError(AutograderError):
    """The workers cannot work at all, and say why."""


@dataclass(frozen=True)
class Job:
    """What every worker is told at its start."""

    classroom: Classroom
    versions: dict[str, str]
    limits: Limits
    anew: bool
    start_engine: EngineStarter = confined_engine


@dataclass(frozen=True)
class Lost:
    """A hand-in that no worker brought back.

    Attributes:
        hand_in: which one.
        reason: what happened last, for the instructor.
    """

    hand_in: HandIn
    reason: str


def import_ahead(stems: Iterable[str]) -> ForkServerContext:
    """Start the process that confined workers are forked from, unless it runs; it imports while the caller goes on.

    Args:
        stems: the techniques to be graded.
    """
    return fork_server(["autograder.quiet", __name__, "autograder.engine", *grading_modules(stems)])


def settle_all(hand_ins: Iterable[HandIn], job: Job, workers: int) -> Generator[Settled | Lost, None, None]:
    """Settle hand-ins in parallel; give back each as it is done, in no order. Closing the iterator stops all workers.

    Args:
        hand_ins: what to settle.
        job: what the workers need to know.
        workers: how many processes.

    Raises:
        WorkError: this machine cannot confine a submission.
    """
    waiting = deque(hand_ins)
    if not job.anew:
        yield from _known(waiting, job)
    if waiting:
        yield from _settle_side_by_side(waiting, job, workers)


def _known(waiting: deque[HandIn], job: Job) -> Generator[Settled, None, None]:
    """Settle in this process until a hand-in comes whose result is not known: only then are workers worth starting."""
    with Marker(job.classroom, job.versions, job.limits, job.start_engine) as marker, suppress(Exception):
        while waiting and (settled := marker.settle_known(waiting[0])):  # an error comes again in a worker, who tells
            waiting.popleft()
            yield settled


def _settle_side_by_side(waiting: Iterable[HandIn], job: Job, workers: int) -> Generator[Settled | Lost, None, None]:
    queue = deque((hand_in, 1) for hand_in in waiting)
    with ExitStack() as stack:
        if job.start_engine is confined_engine:
            context = import_ahead(job.versions)
            try:
                job = replace(job, start_engine=stack.enter_context(one_warm_parent(job.limits)))
            except ConfinementError as error:
                raise WorkError(str(error)) from error
        else:
            context = fork_server([__name__])
        staff = [_Worker(job, context) for _ in range(min(workers, len(queue)))]
        stack.callback(_dismiss, staff)
        done: deque[Settled | Lost] = deque()
        _hand_out(queue, staff, job, context)
        while done or any(worker.task for worker in staff):
            for worker in _ready(staff, patient=not done):
                hand_in, attempt = worker.take_task()
                answer = worker.answer()
                if isinstance(answer, Settled):
                    done.append(answer)
                elif attempt < ATTEMPTS:
                    queue.append((hand_in, attempt + 1))
                else:
                    done.append(Lost(hand_in, answer))
            _hand_out(queue, staff, job, context)  # before the caller takes its time with an answer
            if done:
                yield done.popleft()


def _hand_out(queue: deque[tuple[HandIn, int]], staff: list[_Worker], job: Job, context: ForkServerContext) -> None:
    """Give every worker that has nothing to do the next hand-in; one that has died is replaced."""
    for position, worker in enumerate(staff):
        if queue and worker.task is None:
            if not worker.is_alive():
                staff[position] = worker = _Worker(job, context)
            worker.give(*queue.popleft())


def _ready(staff: list[_Worker], *, patient: bool) -> list[_Worker]:
    """The busy workers that have answered, died or been silent for too long; if patient, waits until there is one."""
    busy = [worker for worker in staff if worker.task]
    if not busy:
        return []
    left = min(worker.deadline for worker in busy) - time.monotonic()
    signs = {worker.connection: worker for worker in busy}
    found = [signs[sign] for sign in wait(list(signs), max(0.0, left) if patient else 0.0) if sign in signs]
    return found or [worker for worker in busy if worker.deadline <= time.monotonic()]


class _Worker:
    """One process and the line to it, as the parent sees them."""

    def __init__(self, job: Job, context: ForkServerContext) -> None:
        self.connection, inside = context.Pipe()
        self.process: BaseProcess = context.Process(target=_serve, args=(inside, job), daemon=True)
        self.process.start()
        inside.close()
        self.task: tuple[HandIn, int] | None = None
        self.deadline = float("inf")

    def is_alive(self) -> bool:
        return self.process.is_alive() and not self.connection.closed

    def give(self, hand_in: HandIn, attempt: int) -> None:
        self.task = (hand_in, attempt)
        self.deadline = time.monotonic() + TASK_TIMEOUT_S
        with suppress(OSError):  # it has died; the closed line tells so when the answer is read
            self.connection.send(hand_in)

    def take_task(self) -> tuple[HandIn, int]:
        assert self.task is not None
        task, self.task = self.task, None
        return task

    def answer(self) -> Settled | str:
        """The answer, or why there is none; after the latter this worker is gone."""
        try:
            answer: Any = self.connection.recv() if self.connection.poll() else "it was silent for too long"
        except (EOFError, OSError):
            self.process.join(FAREWELL_S)
            answer = f"its process ended with code {self.process.exitcode}"
        if isinstance(answer, WorkError):
            raise answer
        if isinstance(answer, Settled):
            return answer
        self.process.kill()
        self.connection.close()
        return str(answer)


def _dismiss(staff: list[_Worker]) -> None:
    for worker in staff:
        worker.connection.close()
        if worker.process.is_alive():
            worker.process.terminate()
    deadline = time.monotonic() + FAREWELL_S
    for worker in staff:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _serve(line: Connection, job: Job) -> None:
    """A worker's whole life: until the line closes, or it is told to go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of the terminal; the parent answers it
    signal.signal(signal.SIGTERM, _leave)
    _log_to(job.classroom.root / LOG)
    gc.freeze()  # what is imported stays: no collection need look through all objects of TensorFlow's
    with Marker(job.classroom, job.versions, job.limits, job.start_engine) as marker:
        while True:
            try:
                hand_in: HandIn = line.recv()
            except (EOFError, OSError):
                return
            try:
                answer: Settled | str | WorkError = marker.settle(hand_in, anew=job.anew)
            except ConfinementError as error:
                answer = WorkError(str(error))
            except Exception as error:
                answer = f"{type(error).__name__}: {error}"
            try:
                line.send(answer)
            except OSError:
                return
            if isinstance(answer, str):
                return  # a worker that has failed is replaced by a fresh one


def _log_to(path: Path) -> None:
    """Send what this process and its libraries say of themselves to a file: the terminal belongs to the progress."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    logging.basicConfig(format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(1)
