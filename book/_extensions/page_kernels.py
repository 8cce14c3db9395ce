"""Gives the kernels that run the pages' cells a quiet, private IPython of their own.

A page shows what its cells say. So the author's own IPython profile (start-up files, colors) has no part in it, and
neither have the notes about the machine that TensorFlow prints while it is imported: ``page_kernels/startup.py``
keeps them out. Kernels inherit all of this through the environment.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

STARTUP = Path(__file__).resolve().parent / "page_kernels" / "startup.py"
ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}  # pages look alike wherever they are built


def prepare_environment(app: Sphinx, _config: Config) -> None:
    """Make the IPython folder and point the kernels at it; a variable that is set already is left alone."""
    folder = Path(app.outdir).parent / "ipython"
    target = folder / "profile_default" / "startup" / "00-quiet-tensorflow.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(STARTUP, target)
    os.environ["IPYTHONDIR"] = str(folder)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def setup(app: Sphinx) -> dict[str, Any]:
    """Prepare the environment before the first page is read."""
    app.connect("config-inited", prepare_environment)
    return {"version": "1.0", "parallel_read_safe": True, "parallel_write_safe": True}
