"""Hidden cases: the same secret and cells give the same case, and one that tells nothing apart is never used."""

import os
import time
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from autograder.errors import GraderError
from autograder.grading import cases
from autograder.grading.calls import Call
from autograder.grading.cases import CasePool, Part
from autograder.grading.kept import Kept, KeptCases
from autograder.grading.misconceptions import Misconception


def _module(tmp_path, source: str) -> ModuleType:
    path = tmp_path / "reference.py"
    path.write_text(source)
    module = ModuleType("reference")
    module.__file__ = str(path)
    exec(source, module.__dict__)
    return module


@pytest.fixture
def square(tmp_path) -> ModuleType:
    return _module(tmp_path, "def inner(x):\n    return x\n\ndef square(x):\n    return inner(x) ** 2\n")


def _draw(rng: np.random.Generator) -> list[Call]:
    return [Call("square", (rng.uniform(1, 2, (2, 3)),))]


CUBE = Misconception("cube", "square", ("p",), "a hint", lambda x: x**3)
DOUBLED = Misconception("doubled", "inner", ("p",), "a hint", lambda x: 2 * x)


def test_the_same_cells_get_the_same_case(square) -> None:
    first = CasePool(b"s", square, (CUBE,)).pick(Part("p", _draw), "cells")
    again = CasePool(b"s", square, (CUBE,)).pick(Part("p", _draw), "cells")
    np.testing.assert_array_equal(first.calls[0].args[0], again.calls[0].args[0])


def test_another_secret_gives_other_cases(square) -> None:
    first = CasePool(b"s", square, (CUBE,)).pick(Part("p", _draw), "cells")
    other = CasePool(b"t", square, (CUBE,)).pick(Part("p", _draw), "cells")
    assert not np.array_equal(first.calls[0].args[0], other.calls[0].args[0])


def test_other_cells_draw_from_a_pool_of_limited_size(square) -> None:
    pool = CasePool(b"s", square, (CUBE,))
    drawn = {pool.pick(Part("p", _draw), f"cells {i}").calls[0].args[0].tobytes() for i in range(100)}
    assert len(drawn) == cases.POOL_SIZE


def test_cells_that_are_no_valid_text_still_pick_a_case(square) -> None:
    assert CasePool(b"s", square, (CUBE,)).pick(Part("p", _draw), "lone surrogate \ud800")


def test_a_mistake_spreads_to_what_builds_on_it(square) -> None:
    case = CasePool(b"s", square, (DOUBLED,)).pick(Part("p", _draw), "cells")
    np.testing.assert_allclose(case.mistaken["doubled"][0], 4 * case.expected[0])


def test_a_case_that_misses_a_misconception_is_never_used(square) -> None:
    def ones(_rng: np.random.Generator) -> list[Call]:
        return [Call("square", (np.array([[1.0, 1.0 + 1e-9]]),))]

    with pytest.raises(GraderError, match="does not catch the misconception 'cube'"):
        CasePool(b"s", square, (CUBE,)).pick(Part("p", ones), "cells")


def test_a_case_that_a_trivial_answer_passes_is_never_used(square) -> None:
    def zeros(_rng: np.random.Generator) -> list[Call]:
        return [Call("square", (np.zeros((2, 2)),))]

    with pytest.raises(GraderError, match="trivial answer"):
        CasePool(b"s", square, ()).pick(Part("p", zeros), "cells")


def test_a_case_at_a_kink_is_never_used(tmp_path) -> None:
    step = _module(tmp_path, "import numpy as np\ndef step(x):\n    return np.where(x > 1, 3.0, 2.0)\n")

    def at_the_kink(_rng: np.random.Generator) -> list[Call]:
        return [Call("step", (np.full((5, 50), 1.0),))]

    with pytest.raises(GraderError, match="kink"):
        CasePool(b"s", step, ()).pick(Part("p", at_the_kink), "cells")


def test_a_misconception_of_no_function_is_refused(square) -> None:
    with pytest.raises(AttributeError, match="replaces 'cubic'"):
        CasePool(b"s", square, (Misconception("x", "cubic", (), "", lambda: None),))


def test_a_function_that_is_missing_from_the_reference_is_an_error() -> None:
    with pytest.raises(AttributeError):
        Call("missing", ()).on(SimpleNamespace())


def test_a_kept_case_is_not_computed_again(square, tmp_path, monkeypatch) -> None:
    first = CasePool(b"s", square, (CUBE,), kept=KeptCases(tmp_path / "cases")).pick(Part("p", _draw), "cells")
    monkeypatch.setattr(CasePool, "_compute", None)
    again = CasePool(b"s", square, (CUBE,), kept=KeptCases(tmp_path / "cases")).pick(Part("p", _draw), "cells")
    np.testing.assert_array_equal(first.calls[0].args[0], again.calls[0].args[0])
    np.testing.assert_array_equal(first.expected, again.expected)
    np.testing.assert_array_equal(first.mistaken["cube"], again.mistaken["cube"])
    assert all(path.stat().st_mode & 0o077 == 0 for path in [tmp_path / "cases", *(tmp_path / "cases").iterdir()])


def test_preparing_keeps_every_case(square, tmp_path, monkeypatch) -> None:
    kept = KeptCases(tmp_path / "cases")
    prepared = list(CasePool(b"s", square, (CUBE,), kept=kept).prepare([Part("p", _draw), Part("q", _draw)]))
    assert len(prepared) == 2 * cases.POOL_SIZE
    monkeypatch.setattr(CasePool, "_compute", None)  # what is picked now has been kept
    pool = CasePool(b"s", square, (CUBE,), kept=kept)
    picked = {pool.pick(Part("p", _draw), f"cells {i}").expected[0].tobytes() for i in range(100)}
    assert picked == {case.expected[0].tobytes() for case in prepared[: cases.POOL_SIZE]}


def test_two_who_need_the_same_case_draw_it_once(square, tmp_path, monkeypatch) -> None:
    computed: list[int] = []
    compute = CasePool._compute

    def slowly(self, part, names):
        computed.append(os.getpid())
        return compute(self, part, names)

    monkeypatch.setattr(CasePool, "_compute", slowly)
    kept = KeptCases(tmp_path / "cases")
    key = CasePool(b"s", square, (CUBE,))._digest("keep", "", "p", "_draw", "0").hex()
    with kept.alone(key):
        other = os.fork()
        if other == 0:  # waits for the lock, and must then find the case
            CasePool(b"s", square, (CUBE,), kept=kept).case(Part("p", _draw), 0)
            os._exit(len(computed))
        attempt, case = compute(CasePool(b"s", square, (CUBE,)), Part("p", _draw), ("p", "_draw", "0"))
        time.sleep(0.2)
        kept.put(key, Kept(attempt, case.expected, case.mistaken))
    assert os.waitstatus_to_exitcode(os.waitpid(other, 0)[1]) == 0


def test_a_kept_case_of_another_version_or_secret_is_not_used(square, tmp_path) -> None:
    kept = KeptCases(tmp_path / "cases")
    for secret, version in ((b"s", "1"), (b"s", "2"), (b"t", "1")):
        CasePool(secret, square, (CUBE,), kept=kept, version=version).pick(Part("p", _draw), "cells")
    assert len(list((tmp_path / "cases").glob("*.safetensors"))) == 3


@pytest.mark.parametrize("damage", [b"", b"not an archive", b"PK\x03\x04"])
def test_a_damaged_file_is_computed_again(damage, square, tmp_path) -> None:
    kept = KeptCases(tmp_path / "cases")
    first = CasePool(b"s", square, (CUBE,), kept=kept).pick(Part("p", _draw), "cells")
    for path in (tmp_path / "cases").glob("*.safetensors"):
        path.write_bytes(damage)
    again = CasePool(b"s", square, (CUBE,), kept=kept).pick(Part("p", _draw), "cells")
    np.testing.assert_array_equal(first.expected, again.expected)


def test_results_that_are_tuples_are_kept_as_tuples(tmp_path) -> None:
    two = _module(tmp_path, "def two(x):\n    return x * 2, x * 3\n")

    def draw(rng: np.random.Generator) -> list[Call]:
        return [Call("two", (rng.uniform(1, 2, (2, 3)),))]

    pools = [CasePool(b"s", two, (), kept=KeptCases(tmp_path / "cases")) for _ in range(2)]
    first, again = (pool.pick(Part("p", draw), "cells") for pool in pools)
    assert isinstance(again.expected[0], tuple)
    np.testing.assert_array_equal(first.expected[0], again.expected[0])
