"""Builds the book with Jupyter Book, when something that it is made of has changed."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import AutograderError
from autograder.kernels.warm import WarmKernels
from autograder.rooms import ROOT
from autograder.site import assets

OUTPUT = ROOT / "_build" / "html"
PROGRAM = Path(sys.executable).with_name("jupyter-book")
LOG = ROOT / "_build" / "book.log"
STAMP = ROOT / "_build" / "book.stamp"

# What a page is made of. The graders and the sandbox are not among it.
INPUTS = ("_config.yml", "_toc.yml", "requirements.txt", "book", "exercises", "solutions", "understanding_nn")

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
PROGRESS = re.compile(r"^(?:executing pages|reading sources|writing output)\.\.\. *\[ *(\d+)%\] (.+)$")
PROBLEM = re.compile(
    r"\b(WARNING|ERROR|CRITICAL):|^(Exception occurred|Extension error|Theme error|Configuration error|Sphinx error)"
)
STATUS = re.compile(r"^[a-z][a-z -]*\.\.\.( |$)")
FAILED_CELL = "Executing notebook failed"
SHOWN_LINES = 60  # of a failed build; the log has all


class BuildError(AutograderError):
    """The book did not build; the message holds what Jupyter Book complained about."""


@dataclass
class Watch:
    """What the lines of a build's output have said so far.

    Attributes:
        progress: Called with a percentage and a page's name whenever a page is read or written.
        problems: The lines of every warning and error, a traceback's included.
    """

    progress: Callable[[int, str], None]
    problems: list[str] = field(default_factory=list)
    _in_problem: bool = False
    _in_frames: bool = False

    def line(self, raw: str) -> None:
        """Take one line of output."""
        text = ESCAPES.sub("", raw.rstrip("\n").rpartition("\r")[2])
        step = PROGRESS.match(text)
        if step:
            self._in_problem = False
            self.progress(int(step[1]), step[2].strip())
        elif PROBLEM.search(text):
            self._in_problem, self._in_frames = FAILED_CELL in text, False  # only this one has more to say
            self.problems.append(text)
        elif STATUS.match(text):
            self._in_problem = False
        elif self._in_problem and text:
            self._detail(text)

    def _detail(self, text: str) -> None:
        """A line below a problem, unless it is about nbclient's own way to a cell that failed."""
        if text.startswith("Traceback (most recent call last)"):
            self._in_frames = True
        elif not self._in_frames:
            self.problems.append(text)
        elif text.startswith("nbclient."):
            self._in_frames = False


def build(progress: Callable[[int, str], None] = lambda *_: None, *, force: bool = False) -> bool:
    """Build the book, unless what it is made of is as at the last build that succeeded.

    Args:
        progress: Called with a percentage and a page's name whenever a page is read or written.
        force: Build in any case.

    Returns:
        Whether there was something to do.

    Raises:
        AssetError: If the assets of the pages could not be fetched.
        BuildError: If a page has a mistake, or one of its cells fails.

    Example:
        >>> build()  # doctest: +SKIP
        True
    """
    assets.install()
    now = fingerprint()
    if not force and STAMP.is_file() and STAMP.read_text(encoding="ascii") == now and OUTPUT.is_dir():
        return False
    STAMP.unlink(missing_ok=True)
    run(progress)
    STAMP.write_text(now, encoding="ascii")
    return True


def run(progress: Callable[[int, str], None]) -> None:
    """Run Jupyter Book once, its whole output into the log.

    Raises:
        BuildError: If it fails.
    """
    watch = Watch(progress)
    with LOG.open("w", encoding="utf-8") as log, WarmKernels() as kernels, _process(kernels) as process:
        for line in process.stdout or ():
            log.write(line)
            watch.line(line)
    if process.returncode != 0:
        shown = watch.problems or LOG.read_text(encoding="utf-8").splitlines()[-SHOWN_LINES:]
        rest = [f"… and {len(shown) - SHOWN_LINES} lines more"] if len(shown) > SHOWN_LINES else []
        raise BuildError("\n".join(["the book did not build:", *shown[:SHOWN_LINES], *rest, f"All of it: {LOG}"]))


def fingerprint() -> str:
    """A hash of everything that a page is made of."""
    digest = hashlib.sha256()
    for path in _inputs():
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _inputs() -> Iterator[Path]:
    for name in INPUTS:
        top = ROOT / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _process(kernels: WarmKernels) -> subprocess.Popen[str]:
    """Jupyter Book at work. Absolute paths, and entries relative to `book/`: else it also reads `.venv`'s Markdown."""
    options = {"--config": ROOT / "_config.yml", "--toc": ROOT / "_toc.yml", "--path-output": ROOT}
    arguments = [str(part) for option in options.items() for part in option]
    settings = {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    return subprocess.Popen(
        [str(PROGRAM), "build", str(ROOT / "book"), *arguments, "-n", "-W", "--keep-going"],
        cwd=ROOT,
        env=os.environ | settings | kernels.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
