"""Cells out of whatever was handed in: any encoding, any notebook version, any damage. Believes nothing but text."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from autograder.errors import AutograderError

MAX_NOTEBOOK_BYTES = 128 * 2**20
"""Largest file that is read. Outputs count, and a notebook of 100 MB of them is a normal accident."""
MAX_JSON_VALUES = 4_000_000
"""Most values in the file: each costs up to 70 bytes of memory here, however few it takes in the file."""
MAX_CELLS = 2_000
"""Most cells that are looked at."""
MAX_CELL_CHARACTERS = 200_000
"""Longest text of one cell."""
MAX_TEXT_CHARACTERS = 2_000_000
"""Longest text of all cells together."""

Kind = Literal["code", "text"]

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class UnusableNotebookError(AutograderError):
    """Nothing in the file can be graded. The message completes the sentence "The file could not be used: ..."."""


@dataclass(frozen=True)
class SubmittedCell:
    """A cell as it was handed in: text and names, nothing else.

    Attributes:
        kind: "code", or "text" for every other type of cell.
        source: its text, with plain line ends and nothing that cannot be written as UTF-8.
        names: the ids that it claims: nbgrader's grade id first, then the notebook format's cell id.
    """

    kind: Kind
    source: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Submission:
    """What could be read of a notebook."""

    cells: tuple[SubmittedCell, ...]
    notes: tuple[str, ...] = field(default=())


def read(raw: bytes) -> Submission:
    """The cells of a notebook file, from nbformat 2 to 4.

    Args:
        raw: the file's bytes.

    Raises:
        UnusableNotebookError: this is no notebook.

    Example:
        >>> read(b'{"cells": [{"cell_type": "code", "source": ["x = 1"]}]}').cells[0].source
        'x = 1'
    """
    notes: list[str] = []
    document = _parse(_decode(raw, notes), raw)
    cells: list[SubmittedCell] = []
    room = MAX_TEXT_CHARACTERS
    broken = 0
    for position, node in enumerate(_cell_nodes(document)):
        if position >= MAX_CELLS:
            notes.append(f"The notebook has more than {MAX_CELLS} cells; the rest was left out.")
            break
        cell = _read_cell(node)
        if cell is None:
            broken += 1
        elif len(cell.source) > min(room, MAX_CELL_CHARACTERS):
            notes.append(f"Cell {position + 1} is too long ({len(cell.source)} characters); it was left out.")
        else:
            room -= len(cell.source)
            cells.append(cell)
    if broken:
        notes.append(f"{broken} of the notebook's cells could not be read and were left out.")
    return Submission(tuple(cells), tuple(notes))


def _decode(raw: bytes, notes: list[str]) -> str:
    if not raw.strip(b"\0 \t\r\n"):
        raise UnusableNotebookError("it is empty")
    encoding = json.detect_encoding(raw)  # a BOM, or the zeros of UTF-16 and UTF-32
    if raw.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        notes.append("The file begins with a byte order mark, which notebooks do not have.")
    try:
        return raw.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        notes.append("The file is not UTF-8 text; characters other than English letters may be wrong.")
        return raw.decode("cp1252", "replace")


def _parse(text: str, raw: bytes) -> dict[str, Any]:
    _require_few_values(raw)
    try:
        # Only text is used, so numbers too long for Python, NaN and the like cost nothing and break nothing.
        document = json.loads(text, parse_int=lambda _: 0, parse_float=lambda _: 0, parse_constant=lambda _: None)
    except RecursionError as error:
        raise UnusableNotebookError("it is nested too deeply to be a notebook") from error
    except ValueError as error:
        raise UnusableNotebookError(f"it is not a notebook{_resemblance(text)}") from error
    if not isinstance(document, dict):
        raise UnusableNotebookError("it is not a notebook, though it is JSON")
    return document


def _require_few_values(raw: bytes) -> None:
    """Refuse a few megabytes that would become gigabytes of small objects; count outside of strings when in doubt."""
    if _count_values(raw) > MAX_JSON_VALUES and _count_values(_STRING.sub(b"", raw)) > MAX_JSON_VALUES:
        raise UnusableNotebookError(f"it holds more than {MAX_JSON_VALUES} values, which no notebook does")


def _count_values(raw: bytes) -> int:
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _resemblance(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n")[:2000]
    if start.startswith("PK\x03\x04"):
        return " but a zip archive"
    if start.lower().startswith(("<!doctype html", "<html")):
        return " but a web page"
    if re.search(r"^(import|from|def|class) ", start, re.MULTILINE):
        return " but a Python file"
    if start.startswith("{"):
        return ": it begins like one but is damaged or cut off"
    return ""


def _cell_nodes(document: dict[str, Any]) -> Iterator[Any]:
    """The cells of version 4, then of versions 2 and 3: old writers leave odd mixtures."""
    found = False
    sheets = document.get("worksheets")
    for holder in [document, *(sheets if isinstance(sheets, list) else [])]:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        if isinstance(cells, list):
            found = True
            yield from cells
    if not found:
        raise UnusableNotebookError("it is not a notebook: it has no list of cells")


def _read_cell(node: Any) -> SubmittedCell | None:
    if not isinstance(node, dict):
        return None
    source = _text(node.get("source", node.get("input", "")))
    if source is None:
        return None
    metadata = node.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    claimed = [nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None, node.get("id")]
    names = tuple(name for name in claimed if isinstance(name, str))
    return SubmittedCell("code" if node.get("cell_type") == "code" else "text", source, names)


def _text(value: Any) -> str | None:
    """A cell's text, which may be one string or a list of lines; None if it is neither."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str):
        return None
    plain = value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return _LONE_SURROGATE.sub("\ufffd", plain)
