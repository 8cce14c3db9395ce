from pathlib import Path

import pytest

from autograder.sandbox import explain


@pytest.mark.parametrize(
    ("symptom", "advice"),
    [
        ("unshare: Operation not permitted", "docker run"),
        ("unshare: No space left on device", "max_user_namespaces"),
        ("mount proc on /proc: Operation not permitted", "systempaths"),
        ("bwrap: setting up uid map: Permission denied", "security module"),
        ("ModuleNotFoundError: No module named 'keras'", "make course"),
        ("seccomp: Invalid argument", "x86-64"),
        ("libfoo.so.1: cannot open shared object file", "system library"),
        ("the warm parent has 3 threads", "hangs"),
    ],
)
def test_a_symptom_comes_with_advice(symptom, advice):
    reasons = explain.explain(symptom)
    assert any(advice in reason for reason in reasons[:-1])
    assert symptom in reasons[-1]


def test_an_unknown_symptom_is_at_least_repeated():
    assert explain.explain("strange\nthing\n")[-1] == "what failed said: thing"
    assert explain.explain("")[-1] == "what failed said: nothing"


def test_a_switch_that_is_off_comes_first(monkeypatch, tmp_path: Path):
    switch = tmp_path / "switch"
    switch.write_text("0\n")
    monkeypatch.setattr(explain, "_SWITCHES", ((str(switch), "0", "switch it on"),))
    assert explain.explain("unshare: Operation not permitted")[0] == "switch it on"
    switch.write_text("1\n")
    assert explain.explain("unshare: Operation not permitted")[0] != "switch it on"
