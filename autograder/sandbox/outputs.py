"""A cell's outputs as the child tells them, rebuilt as nbformat outputs that a browser may be shown.

Nothing passes but plain text and PNG images. Each output is made anew here from checked parts.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import Any

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_SIDE = 8192
_NAME = re.compile(r"[^\W\d]\w{0,79}(\.[^\W\d]\w{0,79}){0,5}")

CUT = "[output cut: more was not kept]\n"


class Budget:
    """What may still be shown of one notebook.

    Args:
        available: bytes.
    """

    def __init__(self, available: int) -> None:
        self.available = available

    def take(self, amount: int) -> bool:
        """Use `amount` bytes and return True, or return False where that is more than is left."""
        if amount > self.available:
            return False
        self.available -= amount
        return True


def plain(text: object, length: int) -> str:
    r"""Return `text` cleaned of terminal colors, control and bidirectional characters, cut to `length` characters.

    Anything that is no string becomes an empty one.

    Example:
        >>> plain("\x1b[31mred\x1b[0m\x07", 100)
        'red'
    """
    if not isinstance(text, str):
        return ""
    cleaned = _CONTROL.sub("", _ANSI.sub("", _overwritten(text)))
    # half of a surrogate pair could not be written to a file
    cleaned = cleaned.encode("utf-8", "replace").decode("utf-8")
    return cleaned if len(cleaned) <= length else cleaned[: length - 1] + "…"


def _overwritten(text: str) -> str:
    """Return what a terminal shows of lines that a progress bar wrote over and over."""
    return "\n".join(line.rsplit("\r", 1)[-1] for line in text.replace("\r\n", "\n").split("\n"))


def exception_name(name: object) -> str:
    """Return `name` if it could be that of a Python class, else `Exception`."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "Exception"


def rebuilt(outputs: object, *, budget: Budget, count: int, text_length: int) -> list[dict[str, Any]]:
    """Return valid nbformat outputs made of what `outputs` tells.

    Args:
        outputs: from the child: should be a list of nbformat outputs, may be anything.
        budget: of the whole notebook; what goes over it is dropped, with a note.
        count: the most outputs.
        text_length: the most characters of one text.
    """
    kept: list[dict[str, Any]] = []
    for output in outputs if isinstance(outputs, list) else []:
        made = _rebuilt(output, text_length) if isinstance(output, dict) else None
        if made is None:
            continue
        if len(kept) == count or not budget.take(_size(made)):
            kept.append({"output_type": "stream", "name": "stderr", "text": CUT})
            break
        kept.append(made)
    return kept


def _rebuilt(output: dict[str, Any], text_length: int) -> dict[str, Any] | None:
    match output.get("output_type"):
        case "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            return {"output_type": "stream", "name": name, "text": plain(output.get("text"), text_length)}
        case "display_data":
            return {"output_type": "display_data", "data": _data(output.get("data"), text_length), "metadata": {}}
        case "execute_result":
            data = _data(output.get("data"), text_length)
            return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None}
        case "error":
            lines = output.get("traceback")
            return {
                "output_type": "error",
                "ename": exception_name(output.get("ename")),
                "evalue": plain(output.get("evalue"), text_length),
                "traceback": [plain(line, text_length) for line in lines[:100]] if isinstance(lines, list) else [],
            }
    return None


def _data(data: object, text_length: int) -> dict[str, str]:
    given = data if isinstance(data, dict) else {}
    kept = {"text/plain": plain(given.get("text/plain"), text_length)}
    image = given.get("image/png")
    if isinstance(image, str) and _is_png(image):
        kept["image/png"] = image
    return kept


def _is_png(text: str) -> bool:
    """Return whether `text` is base64 of something that starts as a PNG of sensible size does."""
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    if not content.startswith(_PNG_START) or content[12:16] != b"IHDR" or len(content) < 33:
        return False
    return all(0 < side <= _PNG_SIDE for side in struct.unpack(">II", content[16:24]))


def _size(output: dict[str, Any]) -> int:
    texts = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", ())]
    return sum(len(text.encode()) for text in (*texts, *output.get("data", {}).values()))
