"""Serves MathJax from the site itself: no page makes a request to another host.

``python -m autograder.site assets`` (part of ``make book``) puts MathJax and thebe into ``_build/assets``; this copies
them into the site's ``_static/``, where they stay unread until a page asks for them. They must not lie in
``book/_static/`` before the build: Jupyter Book loads every script that it finds there on every page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.errors import ExtensionError
from sphinx.util.fileutil import copy_asset

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

ASSETS = ("mathjax", "thebe")


def use_local_mathjax(_app: Sphinx, config: Config) -> None:
    """Point Sphinx at our copy; the path is relative to ``_static/``."""
    config.mathjax_path = "mathjax/tex-mml-chtml.js"


def copy_assets(app: Sphinx) -> None:
    """Copy the assets into the site before its pages are written.

    Raises:
        ExtensionError: If they have not been fetched.
    """
    if app.builder.format != "html":
        return
    folder = Path(app.srcdir).parent / "_build" / "assets"
    for name in ASSETS:
        if not (folder / name).is_dir():
            raise ExtensionError(f"{folder / name} is missing: run 'python -m autograder.site assets' first")
        target = Path(app.outdir) / "_static" / name
        if _stamp(target) != _stamp(folder / name):
            copy_asset(folder / name, target)


def _stamp(folder: Path) -> str | None:
    """The hash of the archive that a folder was made from, None where it was not made whole."""
    stamp = folder / ".integrity"
    return stamp.read_text("ascii") if stamp.is_file() else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Choose our MathJax, and copy the assets once the builder is known."""
    app.connect("config-inited", use_local_mathjax)
    app.connect("builder-inited", copy_assets)
    return {"version": "1.0", "parallel_read_safe": True, "parallel_write_safe": True}
