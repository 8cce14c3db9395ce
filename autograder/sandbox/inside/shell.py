"""IPython without a kernel: cells, magics, displays, figures and tracebacks as in Jupyter, in this very process."""

from __future__ import annotations

import linecache
import sys
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from .capture import Outputs, Stream

_NO_SHELL = "shell commands are not available to a graded notebook: it runs in a sandbox without programs"


class GradingShell(InteractiveShell):
    """An IPython shell that hands its outputs to an `Outputs`.

    It is built in the warm parent, which costs each child nothing; a child gives it the `Outputs` of its own.
    """

    outputs: Outputs

    def attach(self, outputs: Outputs) -> None:
        """Send everything that is shown from now on to `outputs`, also what is printed."""
        self.outputs = outputs
        sys.stdout = sys.__stdout__ = Stream("stdout", outputs)  # type: ignore[misc, assignment]
        sys.stderr = sys.__stderr__ = Stream("stderr", outputs)  # type: ignore[misc, assignment]

    def run(self, source: str) -> tuple[str | None, list[dict[str, Any]]]:
        """Run one cell.

        Args:
            source: the cell's text, magics included.

        Returns:
            The exception as text, or None; and the outputs as nbformat dictionaries.

        Raises:
            KeyboardInterrupt: the cell was interrupted.
        """
        self.outputs.clear()
        result = self.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        outputs = self.outputs.taken()
        if isinstance(error, KeyboardInterrupt):
            raise error
        return (None if error is None else f"{type(error).__name__}: {text_of(error)}"), outputs

    def system(self, cmd: str) -> None:
        """Refuse `!cmd` with one line, instead of a traceback from the middle of IPython."""
        raise UsageError(f"!{cmd.strip()}: {_NO_SHELL}")

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:  # noqa: ARG002 - IPython's signature
        """Refuse `x = !cmd` in the same way."""
        self.system(cmd)

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: there is no window here."""

    def ask_exit(self) -> None:
        """Do nothing: `exit` ends a kernel, and here there is none."""

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        self.outputs.error(etype.__name__, text_of(evalue), [str(line) for line in stb])


class _Publisher(DisplayPublisher):
    shell: GradingShell

    def publish(self, data: dict[str, Any], *_: Any, **__: Any) -> None:
        self.shell.outputs.display("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        """Keep what there is: a grader's reader wants to see all of it."""


class _Hook(DisplayHook):
    shell: GradingShell

    def write_output_prompt(self) -> None:
        """Show no prompt; a notebook draws its own."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.shell.outputs.display("execute_result", format_dict)


def build_shell() -> GradingShell:
    """Return the process's shell. Starts no thread: the history, which would, is off."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.display_pub_class = _Publisher
    config.InteractiveShell.displayhook_class = _Hook
    shell: GradingShell = GradingShell.instance(config=config, display_pub_class=_Publisher, displayhook_class=_Hook)
    for name in ("script", "bash", "sh", "perl", "ruby", "python", "python2", "python3", "pypy", "js", "javascript"):
        shell.register_magic_function(_refuse_program, "cell", name)
    shell.enable_matplotlib("inline")
    return shell


def _refuse_program(_line: str, _cell: str) -> None:
    raise UsageError(f"this magic starts a program: {_NO_SHELL}")


def text_of(error: BaseException) -> str:
    """Return the text of an exception whose `__str__` may itself be a learner's and fail."""
    try:
        return str(error)
    except Exception:
        return "(its text cannot be shown)"


def line_of(error: BaseException, shell: InteractiveShell) -> str:
    """Return the last line of a cell that the exception passed through, such as `line 3: x = y`, or an empty string."""
    found = ""
    trace = error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if shell.compile.format_code_name(filename) is not None:
            found = f"line {trace.tb_lineno}: {linecache.getline(filename, trace.tb_lineno).strip()}"
        trace = trace.tb_next
    return found
