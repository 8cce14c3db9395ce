"""Outputs from the child become valid nbformat outputs of plain text and small images, whatever they were."""

import base64
import struct

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox.outputs import CUT, Budget, exception_name, plain, rebuilt


def _png(width: int, height: int) -> str:
    return base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + struct.pack(">II", width, height) + bytes(20)).decode()


def _rebuilt(*outputs, available=100_000, count=10):
    return rebuilt(list(outputs), budget=Budget(available), count=count, text_length=1000)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3),
    max_leaves=10,
)
outputs_like = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "display_data", "execute_result", "error", "update_display_data"])},
    optional={
        "name": json_values,
        "text": json_values,
        "data": json_values | st.dictionaries(st.sampled_from(["text/plain", "text/html", "image/png"]), json_values),
        "metadata": json_values,
        "ename": json_values,
        "evalue": json_values,
        "traceback": json_values,
        "execution_count": json_values,
    },
)


@settings(deadline=None)
@given(st.lists(json_values | outputs_like, max_size=4))
def test_whatever_comes_the_notebook_is_valid(outputs):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(outputs=[nbformat.from_dict(output) for output in _rebuilt(*outputs)])]
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode()


def test_only_plain_text_and_png_are_kept():
    data = {"text/plain": "a", "text/html": "<script>", "application/javascript": "x", "image/svg+xml": "<svg>"}
    assert _rebuilt({"output_type": "display_data", "data": data})[0]["data"] == {"text/plain": "a"}


@pytest.mark.parametrize(
    ("image", "kept"),
    [
        (_png(10, 10), True),
        (_png(9000, 1), False),
        (_png(0, 1), False),
        ("<script>", False),
        ("R0lGOD", False),
        (1, False),
    ],
)
def test_images_are_images(image, kept):
    data = _rebuilt({"output_type": "display_data", "data": {"image/png": image}})[0]["data"]
    assert ("image/png" in data) == kept


def test_metadata_of_the_child_is_dropped():
    assert _rebuilt({"output_type": "display_data", "data": {}, "metadata": {"x": 1}})[0]["metadata"] == {}


def test_what_is_over_the_budget_is_cut_with_a_note():
    stream = {"output_type": "stream", "name": "stdout", "text": "x" * 100}
    assert [output["text"] for output in _rebuilt(*[stream] * 5, available=250)] == ["x" * 100, "x" * 100, CUT]
    assert [output["text"] for output in _rebuilt(*[stream] * 5, count=1)] == ["x" * 100, CUT]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[0;31mred\x1b[0m", "red"),
        ("a\x00b\x08\x7f\u202e", "ab"),
        ("1/2\r2/2\n", "2/2\n"),
        ("a\r\nb", "a\nb"),
        ("\ud800", "?"),
        ("x" * 11, "x" * 9 + "…"),
        (b"bytes", ""),
        (None, ""),
    ],
)
def test_text_is_plain(text, expected):
    assert plain(text, 10) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ValueError", "ValueError"), ("a.B", "a.B"), ("<b>", "Exception"), ("x" * 81, "Exception"), (None, "Exception")],
)
def test_a_name_is_a_name(name, expected):
    assert exception_name(name) == expected
