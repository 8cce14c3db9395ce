"""The built site, a running course server, and a headless browser that writes down what pages do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from autograder.site.build import OUTPUT, build
from tests.site.running_server import RunningServer, port_from, running_server

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HOW_TO = "no Chrome or Chromium found: 'apt-get install chromium', or set CHROMIUM to one"


def find_browser() -> str | None:
    wanted = (os.environ.get("CHROMIUM"), *NAMES)
    return next((path for name in wanted if name and (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def site():
    build()
    return OUTPUT


@pytest.fixture(scope="session")
def course(site, tmp_path_factory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("course") / "work", "--port", port_from(18888)) as server:
        yield server


@pytest.fixture(scope="module")  # not for the session: while it is open, no other test could use asyncio
def browser():
    path = find_browser()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(HOW_TO)
        pytest.skip(HOW_TO)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=path, args=options)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A tab, signed in, and what its pages did that they should not have."""

    page: object
    root: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        from playwright.sync_api import TimeoutError as StillBusy

        self.page.goto(f"{self.root}{path}")
        with suppress(StillBusy):  # a connection that stays open is no failure: what a test needs, it waits for itself
            self.page.wait_for_load_state("networkidle", timeout=QUIET_MS)

    def book(self, page: str) -> None:
        self.go(f"/course/book/{page}.html")
        self.page.evaluate("window.MathJax?.startup?.promise?.then(() => true)")


PATIENCE_MS = 120_000
"""How long a page may take on a busy machine before a test gives up."""
QUIET_MS = 20_000
"""How long to wait for the network to be silent."""


@pytest.fixture
def make_visit(browser, course):
    contexts = []

    def make(width=1440, height=900, **options) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        visit = Visit(context.new_page(), course.root)

        def note_request(request):
            parts = urlsplit(request.url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(course.root).netloc:
                visit.foreign.append(request.url)

        def note_message(message):
            leaving = "beforeunload" in message.text  # Chromium, when a script leaves JupyterLab before it has saved
            if message.type in ("error", "warning") and not leaving:
                visit.complaints.append(f"{message.type}: {message.text} {message.location}")

        visit.page.on("request", note_request)
        visit.page.on("websocket", note_request)
        visit.page.on("console", note_message)
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.goto(course.address)
        return visit

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def visit(make_visit) -> Visit:
    return make_visit()
