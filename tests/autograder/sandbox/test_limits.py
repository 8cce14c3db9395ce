import math

import pytest

from autograder.sandbox import Limits
from autograder.sandbox.inside.values import ValueLimits
from autograder.sandbox.limits import in_words


@pytest.mark.parametrize("amount", [0, -1, math.inf, math.nan])
def test_every_limit_is_finite_and_above_zero(amount):
    with pytest.raises(ValueError, match="memory_bytes"):
        Limits(memory_bytes=amount)
    with pytest.raises(ValueError, match="depth"):
        Limits(values=ValueLimits(depth=amount))


@pytest.mark.parametrize(
    ("amount", "words"), [(2**30, "1 GiB"), (256 * 2**20, "256 MiB"), (1536, "1.5 KiB"), (12, "12 bytes")]
)
def test_in_words(amount, words):
    assert in_words(amount) == words
