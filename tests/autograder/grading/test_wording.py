"""What a Report may say of a failed call: nothing that a submission could have written."""

import pytest

from autograder.grading import wording
from autograder.sandbox import CallFailed, CallStopped, ChildLost, ValueRefused
from autograder.sandbox.inside.arrays import ValueLimits
from autograder.sandbox.inside.networks import Networks
from autograder.sandbox.inside.values import encode


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("ValueError", "f raised ValueError on a hidden input"),
        ("InvalidArgumentError", "f raised InvalidArgumentError on a hidden input"),
        ("ArgumentError", "f raised ArgumentError on a hidden input"),
        ("Pixel17", "f raised an exception of its own"),
        ("CallStopped", "f raised an exception of its own"),
        ("NotImplementedError", "f is not written yet"),
    ],
)
def test_exceptions_are_named_if_everybody_knows_them(kind, told):
    message = wording.of_exception("f", CallFailed(kind, "pixel 17", "line 17"))
    assert message.startswith(told)
    assert "17" not in message


def test_what_took_too_long_is_told_without_the_words_of_the_call():
    assert wording.of_exception("f", CallStopped("pixel 17")) == "f took too long and was stopped."


def test_a_missing_function_is_explained_by_a_stopped_cell():
    failed = CallFailed("NotDefined", "f")
    assert wording.of_exception("f", failed) == "There is no function f at this place in the notebook."
    assert "stopped: it died" in wording.of_exception("f", failed, ["it died"])


@pytest.mark.parametrize(
    "value",
    [{}, set(), lambda: 0, "text", [1.0], 2**80, (1,) * 1000, ((((((1,),),),),),), object(), range(3)],
    ids=lambda value: type(value).__name__,
)
def test_honest_refusals_are_told_as_they_are(value):
    with pytest.raises(ValueRefused) as caught:
        encode(value, ValueLimits(), Networks(), learners=True)
    assert wording.of_refusal("f", caught.value) == f"f {caught.value}."


@pytest.mark.parametrize(
    "message",
    [
        "returned a Pixel17; return a NumPy array",
        "returned an array of dtype Pixel17; return numbers, for example float32",
        "returned more than 17 values",
        "returned a dict; return a NumPy array\nand pixel 17",
        "pixel 17",
        "",
    ],
)
def test_other_refusals_are_not_repeated(message):
    assert wording.of_refusal("f", ValueRefused(message)).startswith("f returned something that may not cross")


def test_a_broken_line_is_told_without_its_bytes():
    assert "17" not in wording.of_loss("f", ChildLost("protocol", "sent a header of 17 bytes"))
    assert wording.of_loss("f", ChildLost("memory", "used more than 1 GiB")) == "f used more than 1 GiB."
