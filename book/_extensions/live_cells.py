"""Makes the code cells of a page editable and runnable, with thebe and a kernel of the course server.

A page with code cells gets ``live_cells.js`` and ``live_cells.css`` from the folder ``live_cells/`` beside this file.
The script puts a bar with the button "Run live" under the page's title; thebe itself, 1.5 MB, is loaded only when the
reader presses it. On a page that was opened without the course server the bar says how to start one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

OWN_FILES = Path(__file__).resolve().parent / "live_cells"


def add_own_files(_app: Sphinx, config: Config) -> None:
    """Have script and style copied into the site; pages load them only where ``add_to_page`` says so."""
    config.html_static_path.append(str(OWN_FILES))


def is_code_cell(node: nodes.Node) -> bool:
    """Tell whether a node of a document is a code cell."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def add_to_page(
    app: Sphinx, pagename: str, _templatename: str, _context: dict[str, Any], doctree: nodes.document
) -> None:
    """Load script and style on a page that has a code cell; in this event, Sphinx adds files to this page alone."""
    if doctree is not None and next(iter(doctree.findall(is_code_cell)), None) is not None:
        app.add_css_file("live_cells.css")
        app.add_js_file("live_cells.js", loading_method="defer", **{"data-page": pagename})


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the two events."""
    app.connect("config-inited", add_own_files)
    app.connect("html-page-context", add_to_page)
    return {"version": "1.0", "parallel_read_safe": True, "parallel_write_safe": True}
