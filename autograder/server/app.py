"""Jupyter Server, set up for a learner: loopback only, the learner's copies only, nothing that asks other hosts."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path
from types import FrameType

from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

from autograder.kernels.warm import WarmKernels
from autograder.rooms import ROOT
from autograder.server import STATE

WORK = ROOT / "work"
LAB_EXTENSIONS = Path(__file__).resolve().parent / "labextension"
SETTINGS = Path(__file__).resolve().parent / "settings"
FIRST_PORT = 8888
IDLE_SECONDS = 2 * 3600  # a kernel that no page has open any more is then shut down

EXTENSIONS = {
    "autograder.server": True,
    "jupyterlab": True,
    "jupyter_lsp": True,
    "jupyter_server_terminals": True,
    # nbgrader's Validate button could say only "passed", and its other panels are the instructor's
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.validate_assignment": False,
    "jupyterlab_jupytext": False,
    "notebook": False,
    "notebook_shim": False,
}

# Kernels inherit these: what TensorFlow says of the machine is not for a learner.
ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3"}


class CourseServer(ServerApp):
    """A Jupyter Server that ends at the first Ctrl-C and says its address last."""

    def start_app(self) -> None:
        """Start, and then print the one line that a learner needs."""
        super().start_app()
        self.io_loop.add_callback(self._say_address)  # after what listens, which is a callback as well, and comes first

    def _say_address(self) -> None:
        path = f"course/?token={self.identity_provider.token}"
        print(f"The course is at  http://127.0.0.1:{self.port}{self.base_url}{path}  (Ctrl-C ends it)", flush=True)

    def init_signal(self) -> None:
        """Stop at SIGINT as at SIGTERM, without a question: copies are saved, kernels are cheap."""
        super().init_signal()
        signal.signal(signal.SIGINT, self._signal_stop)

    def _signal_stop(self, _signal: int, _frame: FrameType | None) -> None:
        print("Stopping …", flush=True)
        self.stop(from_signal=True)

    async def _cleanup(self) -> None:
        desk = self.web_app.settings.get("course_desk")
        if desk is not None:
            await desk.close()
        await super()._cleanup()


def configuration(work: Path, port: int, *, open_browser: bool) -> Config:
    """The server's settings.

    Args:
        work: The folder of the learner's copies, all that JupyterLab shows.
        port: The first port to try; if it is taken, the next free one.
        open_browser: Whether to open the course in the reader's browser.
    """
    config = Config()
    config.ServerApp.ip = "127.0.0.1"
    config.ServerApp.port = port
    config.ServerApp.port_retries = 50
    config.ServerApp.root_dir = str(work)
    config.ServerApp.default_url = "/course/book/index.html"
    config.ServerApp.open_browser = open_browser
    config.ServerApp.allow_root = True  # in a container one often is; only this machine can connect
    config.ServerApp.jpserver_extensions = EXTENSIONS
    config.Application.log_level = "ERROR"
    config.IdentityProvider.token = secrets.token_hex(24)  # ours, or Jupyter prints addresses of its own
    config.LabApp.extra_labextensions_path = [str(LAB_EXTENSIONS)]
    config.LabApp.extension_manager = "readonly"
    config.LabApp.news_url = None
    config.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    config.MappingKernelManager.cull_idle_timeout = IDLE_SECONDS
    config.MappingKernelManager.cull_interval = 300
    return config


def start(
    port: int = FIRST_PORT, *, work: Path = WORK, open_browser: bool = False, isolation: str = "bubblewrap"
) -> None:
    """Serve the course until Ctrl-C.

    Args:
        port: The first port to try; if it is taken, the next free one.
        work: The folder of the learner's copies; made where missing.
        open_browser: Whether to open the course in the reader's browser.
        isolation: How hand-ins are confined, see `autograder.server.desk.GradingDesk`.
    """
    state = work / STATE
    state.mkdir(parents=True, exist_ok=True)
    # A reader's own Jupyter settings stay out of it, and ours stay out of theirs.
    os.environ["JUPYTER_CONFIG_PATH"] = str(SETTINGS)
    os.environ["JUPYTER_CONFIG_DIR"] = str(state / "jupyter")
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    # The lock's tools (alembic, npm's fallback) lie beside Python, which need not be the one on PATH.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    config = configuration(work, port, open_browser=open_browser)
    config.ServerApp.tornado_settings = {"course_isolation": isolation}
    with WarmKernels() as kernels:
        os.environ.update(kernels.environment)
        CourseServer.launch_instance(argv=[], config=config)
