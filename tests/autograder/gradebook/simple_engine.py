"""An engine without a sandbox: the first solution cell says in its comment what grading is to give.

`# 3` is three of four points in the first part, `# could-not-tell` what it says; `# crash` kills the worker, `# raise`
is an error of ours, `# log FILE` appends a line to FILE, which counts how often it was graded.
"""

import os
import re
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import nbformat

from autograder import assembly
from autograder.report import CellReport, Report


class SimpleEngine:
    def grade_notebook(self, clean, stem):
        cell = next(c for c in clean.cells if c.metadata.get("nbgrader", {}).get("solution"))
        found = re.search(r"# (\S+)\s*(\S*)", cell.source)
        order, argument = found.groups() if found else ("0", "")
        if order == "crash":
            os._exit(7)
        if order == "raise":
            raise RuntimeError("a fault of ours")
        if order == "log":
            with Path(argument).open("a") as file:
                file.write("graded\n")
        notebook = nbformat.from_dict(clean)
        for one in notebook.cells:
            if one.cell_type == "code":
                one.outputs = [nbformat.v4.new_output("stream", text=f"<script>{len(one.source)}</script>")]
        score = float(order) if order.replace(".", "").isdigit() else 0.0
        first, *others = assembly.exercise(stem).parts
        outcome = "could-not-tell" if order == "could-not-tell" else "passed" if score == first.points else "failed"
        cells = [CellReport(first.name, score, first.points, outcome, "A message & more.", hint="Look <there>.")]
        cells += [CellReport(part.name, 0.0, part.points, "failed", "Nothing.") for part in others]
        return SimpleNamespace(report=Report(stem, tuple(cells), (), 0.1, 0.1), notebook=notebook)


@contextmanager
def start_simple_engine(secret, limits, cases):
    yield SimpleEngine()
