"""The desk that takes hand-ins: one grader, in a process of its own, warm from the start.

The grader imports TensorFlow and runs what a submission is compared with. In a process of its own it can neither slow
the pages down nor take the learner's kernels with it, should it fail.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from autograder.errors import AutograderError

log = logging.getLogger(__name__)

WORKER = (sys.executable, "-m", "autograder.server.worker")
ANSWER_SECONDS = 1800.0  # a backstop: the engine's own limits end a submission much earlier
CLOSE_SECONDS = 2.0  # one that still imports would take longer, and loses nothing when it is killed
LINE_BYTES = 16 * 2**20  # an answer is one line of JSON
TAIL_BYTES = 4000  # of what a grader that failed had said


class DeskError(AutograderError):
    """The grader could not grade: our fault, never the submission's."""


class BusyError(AutograderError):
    """A hand-in is being graded at this moment."""


class GradingDesk:
    """Grades one notebook at a time.

    Args:
        isolation: How submissions are confined: "bubblewrap", or "none" for one's own notebook on a machine that
            cannot confine.
        state: A folder for what the grader keeps between two starts: the secret that its hidden cases are drawn from.
        worker: The command that starts the grader.
    """

    def __init__(self, isolation: str, state: Path, worker: tuple[str, ...] = WORKER) -> None:
        self._command = (*worker, "--isolation", isolation, "--state", str(state))
        self._complaints: IO[bytes] | None = None  # what the grader says on standard error
        self._process: Process | None = None
        self._starting = asyncio.Lock()
        self._grading = asyncio.Lock()

    async def warm(self) -> None:
        """Start the grader if it does not run; return at once, it gets ready by itself."""
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                self._complaints = self._complaints or tempfile.TemporaryFile()  # noqa: SIM115  closed in `close`
                # A session of its own: Ctrl-C in the terminal is ours to hear, and `close` can end all of it.
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=self._complaints,
                    limit=LINE_BYTES,
                    start_new_session=True,
                )

    async def grade(self, stem: str, notebook: Path) -> dict[str, Any]:
        """Grade a notebook.

        Args:
            stem: The exercise that it is a hand-in for.
            notebook: Its path.

        Returns:
            The Report, as JSON has it.

        Raises:
            BusyError: If another hand-in is being graded.
            DeskError: If the grader refuses to work, fails, or does not answer.
        """
        if self._grading.locked():
            raise BusyError("another hand-in is being graded; wait for its result, then try again")
        async with self._grading:
            await self.warm()
            question = json.dumps({"stem": stem, "notebook": str(notebook)})
            try:
                answer = json.loads(await asyncio.wait_for(self._ask(question), ANSWER_SECONDS))
            except (TimeoutError, OSError, ValueError) as error:
                log.error("the grader failed: %r; it had said: %s", error, self._tail())
                await self.close()
                raise DeskError("the grader stopped before it was done; your notebook is safe, try again") from error
        if "error" in answer:
            raise DeskError(str(answer["error"]))
        report: dict[str, Any] = answer["report"]
        return report

    async def prepare(self, stem: str) -> None:
        """Let the grader draw an exercise's hidden cases while nobody waits for it.

        Args:
            stem: The exercise, which a learner has opened.
        """
        await self.warm()
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):  # it has just ended; the next hand-in starts another
                self._process.stdin.write(json.dumps({"prepare": stem}).encode() + b"\n")
                await self._process.stdin.drain()

    async def close(self) -> None:
        """End the grader, by asking first; a later hand-in starts another."""
        process, self._process = self._process, None
        complaints, self._complaints = self._complaints, None
        if complaints is not None:
            complaints.close()
        if process is not None and process.returncode is None:
            await self._end(process)

    async def _end(self, process: Process) -> None:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 0 if self._grading.locked() else CLOSE_SECONDS)
        except TimeoutError:
            with suppress(ProcessLookupError):  # it has ended on its own after all
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    def _tail(self) -> str:
        if self._complaints is None:
            return ""
        end = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, end - TAIL_BYTES))
        return self._complaints.read().decode("utf-8", "replace")

    async def _ask(self, question: str) -> bytes:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise BrokenPipeError("the grader does not run")
        process.stdin.write(question.encode() + b"\n")
        await process.stdin.drain()
        return await process.stdout.readline()
