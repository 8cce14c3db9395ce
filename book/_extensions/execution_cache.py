"""Keeps what the pages' cells printed, for as long as the code that they import stays the same.

jupyter-cache looks at a page's own cells only: after a change in ``understanding_nn`` or ``solutions`` it would go on
showing the old results. So its folder is named by a hash of these packages and of the installed requirements. Sphinx
reads every page again when the name changes, and a later return to the earlier code finds its results again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

IMPORTED = ("understanding_nn", "solutions", "requirements.txt")  # what a cell's result depends on besides the cell
KEPT = 4  # generations of results


def code_hash(root: Path, imported: tuple[str, ...] = IMPORTED) -> str:
    """Return a hash of the files that pages import, with the Python version.

    Args:
        root: The folder that holds the packages.
        imported: Files and folders below it; one that does not exist counts as empty.

    Returns:
        Sixteen hexadecimal digits.

    Example:
        >>> len(code_hash(Path()))
        16
    """
    digest = hashlib.sha256(sys.version.encode())
    for name in imported:
        top = root / name
        files = [top] if top.is_file() else sorted(top.rglob("*"))
        for path in files:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def choose_folder(app: Sphinx, config: Config) -> None:
    """Name the folder of the results; a config value of the environment, so a new name makes Sphinx read all pages."""
    root = Path(app.srcdir).parent
    top = Path(app.outdir).parent / "executed"
    folder = top / code_hash(root)
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    config.nb_execution_cache_path = str(folder)
    for older in sorted(top.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(older, ignore_errors=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Choose the folder once the configuration has been read."""
    app.connect("config-inited", choose_folder)
    return {"version": "1.0", "parallel_read_safe": True, "parallel_write_safe": True}
