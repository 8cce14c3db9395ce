"""A course server in a process of its own, as `make course` starts it, with an empty folder of copies."""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

AS_ALWAYS = ("-m", "autograder.server")


def port_from(first: int) -> str:
    """A port of this test process's own: servers that start at the same moment would look for a free one and agree."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return str(first + 20 * int(worker.removeprefix("gw")))


@dataclass(frozen=True)
class RunningServer:
    address: str  # with the token
    work: Path
    process: subprocess.Popen

    @property
    def root(self) -> str:
        return self.address.split("/course/")[0]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes
    url: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)


class Visitor:
    """Asks a server as a browser would, cookies included, without following redirects unless asked to."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _NoRedirects)
        self._follower = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def ask(self, path: str, method: str = "GET", follow: bool = False, **headers: str) -> Answer:
        request = urllib.request.Request(self.root + path, method=method, headers=headers)
        try:
            with (self._follower if follow else self._opener).open(request, timeout=300) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read(), answer.url)
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read(), error.url)

    def xsrf(self) -> str:
        return next(cookie.value for cookie in self.cookies if cookie.name == "_xsrf")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


@contextmanager
def running_server(work: Path, *options: str, python: Sequence[str] = AS_ALWAYS) -> Iterator[RunningServer]:
    log = work.parent / f"{work.name}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, *python, "--no-browser", "--work", str(work), *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield RunningServer(_address(process, log), work, process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            process.stdout.close()


def _address(process: subprocess.Popen, log: Path) -> str:
    for line in process.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+/\S*course/\?token=\w+", line)
        if found:
            return found[0]
    raise RuntimeError(f"the course server did not start: {log.read_text()}")
