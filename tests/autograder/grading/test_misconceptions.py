"""Every misconception, run in this process: it loses the parts it should, keeps the others, and is named.

What a real notebook gets through the sandbox is tested in tests/autograder/graders/.
"""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from autograder import assembly, misconceptions, rooms
from autograder.gradebook.fingerprint import grading_version
from autograder.grading import cases
from autograder.grading.calls import Call
from autograder.grading.failures import LearnerFailure
from autograder.grading.grader import Grader
from autograder.grading.kept import KeptCases
from autograder.sandbox import Limits
from tests.autograder.conftest import SECRET, SMALL_POOL

STEMS = rooms.stems()
MISTAKES = [(stem, mistake.name) for stem in STEMS for mistake in misconceptions.of(stem)]
MISTAKES_PER_TECHNIQUE = 3


class InThisProcess:
    """A submission that is a module: no sandbox, but values cross as they would, as plain arrays."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def call(self, _part: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._value_of(Call(name, args, kwargs))

    def vjp(self, _part: str, name: str, args: tuple[Any, ...], upstream: Any, kwargs: dict[str, Any]) -> Any:
        return self._value_of(Call(name, args, kwargs, upstream=upstream))

    def _value_of(self, call: Call) -> Any:
        if not hasattr(self.module, call.function):
            raise LearnerFailure(f"no function {call.function}")
        return call.on(self.module)


@pytest.fixture(scope="module")
def graders(kept_cases: Path) -> Iterator[dict[str, Grader]]:
    kept, limits = KeptCases(kept_cases), Limits()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "POOL_SIZE", SMALL_POOL)
        yield {stem: Grader(stem, SECRET, kept=kept, version=grading_version(stem, limits)) for stem in STEMS}


@pytest.mark.parametrize("stem", STEMS)
def test_the_reference_passes_every_part(stem: str, graders: dict[str, Grader]) -> None:
    results = graders[stem].run(InThisProcess(importlib.import_module(f"solutions.{stem}")), "cells")
    assert {name: result.outcome for name, result in results.items()} == {
        part.name: "passed" for part in assembly.exercise(stem).parts
    }


@pytest.mark.parametrize(("stem", "name"), MISTAKES)
def test_a_misconception_loses_what_it_should_and_is_named(stem: str, name: str, graders: dict[str, Grader]) -> None:
    grader = graders[stem]
    mistake = grader.misconceptions[name]
    results = grader.run(InThisProcess(mistake.applied_to(importlib.import_module(f"solutions.{stem}"))), "cells")
    lost = {part for part, result in results.items() if result.outcome == "failed"}
    assert lost == set(mistake.loses)
    assert {results[part].misconception for part in lost} == {name}
    assert all(result.outcome != "could-not-tell" for result in results.values())


@pytest.mark.parametrize("stem", STEMS)
def test_a_technique_names_enough_misconceptions(stem: str, graders: dict[str, Grader]) -> None:
    assert len(graders[stem].misconceptions) >= MISTAKES_PER_TECHNIQUE


@pytest.mark.parametrize("stem", STEMS)
def test_a_mistake_that_nobody_foresaw_gets_no_hint(stem: str, graders: dict[str, Grader]) -> None:
    module = ModuleType("nonsense")
    reference = importlib.import_module(f"solutions.{stem}")
    for name, function in vars(reference).items():
        if getattr(function, "__module__", "") == reference.__name__:
            setattr(module, name, lambda *a, _f=function, **k: slightly_off(_f(*a, **k)))
    results = graders[stem].run(InThisProcess(module), "cells")
    assert {result.outcome for result in results.values()} == {"failed"}
    assert {result.misconception for result in results.values()} == {None}


def slightly_off(value: Any) -> Any:
    return tuple(map(slightly_off, value)) if isinstance(value, tuple) else value * 1.0625 + 0.001


@pytest.mark.parametrize("stem", STEMS)
def test_messages_tell_no_hidden_value(stem: str, graders: dict[str, Grader]) -> None:
    class Nothing(InThisProcess):
        def call(self, *_: Any) -> Any:
            return np.zeros(3, np.float32)

    for result in graders[stem].run(Nothing(ModuleType("nothing")), "cells").values():
        assert result.outcome == "failed"
        assert "." not in result.message.rstrip(".")
