"""The course server: the book, JupyterLab on the learner's copies, and hand-ins, all at one address.

Everything is a Jupyter Server extension, so that `jupyter server` with this module enabled serves the course as well;
`python -m autograder.server` starts one that is set up for a learner.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autograder import rooms
from autograder.server.desk import GradingDesk
from autograder.server.routes import handlers

STATE = ".course"  # in the folder of copies, hidden from JupyterLab: a learner's settings, the grader's secret


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "autograder.server"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the course's addresses to a Jupyter Server and start to warm the grader up."""
    settings = server.web_app.settings
    isolation = settings.get("course_isolation", "bubblewrap")
    desk = settings["course_desk"] = GradingDesk(isolation, Path(server.root_dir) / STATE)
    # Read by labextension/: the notebooks that get a button "Hand in".
    settings.setdefault("page_config_data", {})["courseStems"] = json.dumps(rooms.stems())
    server.web_app.add_handlers(".*$", handlers(settings["base_url"]))
    server.io_loop.add_callback(desk.warm)
