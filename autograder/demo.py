"""`make demo`: a small class, good, wrong and hostile, graded as an instructor would grade it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder import assembly, misconceptions, rooms, specimens
from autograder.disk import write_atomically

STEM = "sensitivity_analysis"
BAR_WIDTH = 40


def main() -> None:
    """Make the class, grade it with the same commands that an instructor uses, and show what came of it."""
    console = Console()
    classroom = Path(tempfile.mkdtemp(prefix="understanding-nn-demo-"))
    run("release", STEM, "--classroom", str(classroom))
    hand_ins = make_class(STEM)
    for learner, content in hand_ins.items():
        write_atomically(classroom / "submitted" / learner / STEM / f"{STEM}.ipynb", content)
    console.print(f"A class of {len(hand_ins)} has handed in. Grading …")
    lines = run("grade", STEM, "--classroom", str(classroom), "--json")
    reports = {line["learner"]: line for line in map(json.loads, lines.splitlines())}
    console.print(points_table(reports))
    console.print(chart(reports))
    console.print(
        f"The class at a glance: {classroom}/report.html; everybody's feedback: {classroom}/feedback. "
        f"To look at the notebooks as an instructor: . {rooms.ROOT}/.venv/bin/activate && cd {classroom} && "
        "jupyter lab, and there /formgrader.",
        soft_wrap=True,
    )


def make_class(stem: str) -> dict[str, bytes]:
    """A hand-in for each learner: the reference, each misconception, and six that are no solution at all."""
    solved = specimens.solved(stem)
    hand_ins = {"ada-solved-it": assembly.to_text(solved).encode()}
    for mistake in misconceptions.of(stem):
        hand_ins[f"made-{mistake.name}"] = assembly.to_text(specimens.mistaken(stem, mistake)).encode()
    odd = {
        "handed-in-the-blank": specimens.blank(stem),
        "left-an-endless-loop": specimens.with_cell(solved, "while True:\n    pass"),
        "loops-for-ever": specimens.answered(
            stem, {"logit_gradient": "def logit_gradient(model, x, target):\n    while True:\n        pass"}
        ),
        "exits": specimens.answered(
            stem, {"logit_gradient": "import os\n\ndef logit_gradient(model, x, target):\n    os._exit(0)"}
        ),
    }
    hand_ins |= {learner: assembly.to_text(notebook).encode() for learner, notebook in odd.items()}
    return hand_ins | {"sent-an-empty-file": b"", "sent-a-photograph": b"\x89PNG\r\n\x1a\n" + bytes(range(256))}


def run(*arguments: str) -> str:
    """Run one of our commands as a user would; its progress goes to the terminal, its output is returned."""
    command = [sys.executable, "-m", "autograder", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=rooms.ROOT).stdout


def points_table(reports: dict[str, dict[str, Any]]) -> Table:
    """Points and what the learner is told, a row for each learner and lost part."""
    table = Table("learner", "points", "what the learner is told", title="The class", show_lines=True)
    for learner, report in sorted(reports.items(), key=lambda item: -item[1]["score"]):
        lost = {cell["hint"] or cell["message"] for cell in report["cells"] if cell["outcome"] != "passed"}
        told = [*report["notes"], *sorted(lost)] or ["All hidden tests passed."]
        table.add_row(learner, f"{report['score']:g} / {report['max_score']:g}", escape("\n".join(told)))
    return table


def chart(reports: dict[str, dict[str, Any]]) -> Table:
    """How many learners have how many points, as bars."""
    counts = Counter(report["score"] for report in reports.values())
    table = Table("points", "learners", "", title="Distribution")
    for score in sorted(counts, reverse=True):
        bar = "█" * max(1, round(BAR_WIDTH * counts[score] / max(counts.values())))
        table.add_row(f"{score:g}", str(counts[score]), f"[cyan]{bar}[/cyan]")
    return table


if __name__ == "__main__":
    main()
