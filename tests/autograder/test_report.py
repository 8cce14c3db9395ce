"""A Report survives JSON, and its totals are derived."""

import json

import pytest

from autograder.report import CellReport, Report

PASSED = CellReport("a", 4, 4, "passed", "All hidden tests passed.")
FAILED = CellReport("b", 0, 6, "failed", "wrong", "squared-twice", "it has been squared twice")
UNKNOWN = CellReport("c", 0, 1, "could-not-tell", "ours")


def test_totals() -> None:
    report = Report("lrp", (PASSED, FAILED))
    assert (report.score, report.max_score, report.outcome) == (4, 10, "graded")


def test_one_cell_that_cannot_be_told_makes_the_report_so() -> None:
    assert Report("lrp", (PASSED, UNKNOWN)).outcome == "could-not-tell"


def test_round_trip() -> None:
    report = Report("lrp", (PASSED, FAILED), ("a cell was missing",), 1.25, 0.5)
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_totals_in_json_are_not_believed() -> None:
    data = Report("lrp", (FAILED,)).to_json() | {"score": 10, "outcome": "graded"}
    assert Report.from_json(data).score == 0


def test_a_report_is_frozen() -> None:
    with pytest.raises(AttributeError):
        PASSED.score = 10  # type: ignore[misc]
