"""The course's addresses, all below `<base>/course/`, and all for who is signed in.

| address | what |
|---|---|
| `/` | to the book's first page |
| `book/...` | the built site |
| `open/<stem>` | makes the learner's copy where there is none, and goes to JupyterLab |
| `download/<stem>` | the released notebook |
| `hand-in/<stem>` | GET: a page with a button; POST: grade the copy, answer with the Report |
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import jinja2
import tornado.web as web
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join

from autograder import assembly, rooms
from autograder.errors import AutograderError
from autograder.server.copies import make_copy, released
from autograder.server.desk import BusyError, DeskError
from autograder.site.build import OUTPUT

STEM = r"(?P<stem>[a-z][a-z0-9_]{0,63})"
PAGES = jinja2.Environment(loader=jinja2.PackageLoader("autograder.server"), autoescape=True)


def handlers(base_url: str) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """The routes, for `tornado.web.Application.add_handlers`."""

    def address(*parts: str) -> str:
        joined: str = url_path_join(base_url, "course", *parts)
        return joined

    return [
        (address("?"), ToBookHandler, {}),
        (address("book", "?"), ToBookHandler, {}),
        (address("book", "(.+)"), BookHandler, {"path": str(OUTPUT)}),
        (address("open", STEM), OpenHandler, {}),
        (address("download", STEM), DownloadHandler, {}),
        (address("hand-in", STEM), HandInHandler, {}),
    ]


class CourseHandler(JupyterHandler):
    """What the course's pages share: who may see them, where they lie, and how a failure looks."""

    auth_resource = "contents"

    def course(self, *parts: str) -> str:
        """The address of a page of the course."""
        address: str = url_path_join(self.base_url, "course", *parts)
        return address

    def work(self) -> Path:
        """The folder that JupyterLab shows: the learner's copies."""
        return Path(self.contents_manager.root_dir)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A page in the course's look, with what went wrong and a way back."""
        reason = getattr(kwargs.get("exc_info", (None, None, None))[1], "log_message", None)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        page = PAGES.get_template("error.html")
        self.finish(page.render(status=status_code, reason=reason, book=self.course("book")))


class ToBookHandler(CourseHandler):
    """Leads to the book's first page."""

    @web.authenticated
    def get(self) -> None:
        """Go there; the token, if the address had one, stays behind in a cookie."""
        self.redirect(self.course("book", "index.html"))


class BookHandler(CourseHandler, web.StaticFileHandler):
    """The built site. Files with a version in their address are kept by the browser, the others asked for again."""

    @web.authenticated
    @authorized
    def head(self, path: str) -> Any:
        """The headers of a page or file."""
        return self.get(path, include_body=False)

    @web.authenticated
    @authorized
    async def get(self, path: str, include_body: bool = True) -> None:
        """A page or file of the site."""
        _ = self.xsrf_token  # sets the cookie, with which the page's scripts may later hand in
        if not OUTPUT.is_dir():
            raise web.HTTPError(404, "the book has not been built yet: run 'make book'")
        await super().get(path, include_body)

    def set_extra_headers(self, _path: str) -> None:
        """Answer for what tornado does not: an address without a version is to be asked for again."""
        versioned = "v" in self.request.arguments or "digest" in self.request.arguments
        self.set_header("Cache-Control", "private, max-age=31536000, immutable" if versioned else "private, no-cache")


class OpenHandler(CourseHandler):
    """Opens the learner's copy in JupyterLab."""

    @web.authenticated
    @authorized
    async def get(self, stem: str) -> None:
        """Make the copy where there is none; then go to JupyterLab."""
        require(stem)
        try:
            copy = await asyncio.to_thread(make_copy, stem, self.work())
        except (AutograderError, OSError) as error:
            raise web.HTTPError(500, f"the notebook could not be made: {error}") from error
        await self.settings["course_desk"].prepare(stem)
        self.redirect(url_path_join(self.base_url, "lab", "tree", copy.name))


class DownloadHandler(CourseHandler):
    """The released notebook, to be worked on elsewhere."""

    @web.authenticated
    @authorized
    async def get(self, stem: str) -> None:
        """Answer with the notebook as a file."""
        require(stem)
        try:
            content = await asyncio.to_thread(released, stem)
        except AutograderError as error:
            raise web.HTTPError(500, f"the notebook could not be made: {error}") from error
        self.set_header("Content-Type", "application/x-ipynb+json")
        self.set_header("Cache-Control", "private, no-cache")
        self.set_attachment_header(f"{stem}.ipynb")
        self.finish(content)


class HandInHandler(CourseHandler):
    """Takes a hand-in: the learner's copy as it was last saved."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer a script with JSON, a person with a page."""
        if self.request.method == "POST":
            APIHandler.write_error(self, status_code, **kwargs)
        else:
            super().write_error(status_code, **kwargs)

    @web.authenticated
    @authorized
    def get(self, stem: str) -> None:
        """A page with a button and room for the Report."""
        require(stem)
        _ = self.xsrf_token
        page = PAGES.get_template("hand_in.html")
        lab = url_path_join(self.base_url, "lab", "tree", f"{stem}.ipynb")
        self.finish(page.render(exercise=assembly.exercise(stem), course=self.course(), lab=lab))

    @web.authenticated
    @authorized
    async def post(self, stem: str) -> None:
        """Grade the learner's copy; Jupyter has refused by now what lacks the XSRF token or comes from elsewhere."""
        require(stem)
        copy = self.work() / f"{stem}.ipynb"
        if not copy.is_file():
            raise web.HTTPError(404, "there is nothing to hand in yet: open the exercise in JupyterLab first")
        try:
            report = await self.settings["course_desk"].grade(stem, copy)
        except BusyError as error:
            raise web.HTTPError(409, str(error)) from error
        except DeskError as error:
            raise web.HTTPError(503, str(error)) from error
        self.set_header("Cache-Control", "no-store")
        self.finish(report)


def require(stem: str) -> None:
    """Refuse a stem that the course does not have.

    Raises:
        tornado.web.HTTPError: 404; the message lists the stems that there are.
    """
    try:
        rooms.require_stem(stem)
    except AutograderError as error:
        raise web.HTTPError(404, str(error)) from error
