"""The course's addresses, as a browser without a window asks for them."""

import json
from collections.abc import Iterator

import pytest

from autograder.site.build import build
from tests.site.running_server import RunningServer, Visitor, port_from, running_server

pytestmark = pytest.mark.slow

STEM = "sensitivity_analysis"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[RunningServer]:
    build()
    with running_server(tmp_path_factory.mktemp("course") / "work", "--port", port_from(19888)) as server:
        yield server


@pytest.fixture
def stranger(server):
    return Visitor(server.root)


@pytest.fixture
def learner(server):
    visitor = Visitor(server.root)
    assert visitor.ask(server.address.removeprefix(server.root), follow=True).url.endswith("/course/book/index.html")
    return visitor


@pytest.mark.parametrize("path", ["book/index.html", f"open/{STEM}", f"download/{STEM}", f"hand-in/{STEM}", ""])
def test_strangers_are_asked_to_sign_in(stranger, path):
    answer = stranger.ask(f"/course/{path}")
    assert answer.status == 302
    assert answer.headers["Location"].startswith("/login")


def test_pages_are_asked_for_again_and_versioned_files_are_kept(learner):
    page = learner.ask("/course/book/index.html")
    assert page.status == 200
    assert "no-cache" in page.headers["Cache-Control"]
    assert learner.ask("/course/book/index.html", **{"If-None-Match": page.headers["Etag"]}).status == 304
    assert "immutable" in learner.ask("/course/book/_static/live_cells.js?v=1").headers["Cache-Control"]


def test_a_page_that_is_not_there_is_a_page_that_says_so(learner):
    answer = learner.ask("/course/book/nothing.html")
    assert answer.status == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize("path", ["../../_toc.yml", "..%2f..%2f_toc.yml", "%2e%2e/book.stamp", "/etc/passwd"])
def test_nothing_outside_the_site_is_served(learner, path):
    assert learner.ask(f"/course/book/{path}").status in (403, 404)


def test_no_page_holds_a_token(learner, server):
    token = server.address.partition("token=")[2]
    for path in ("book/index.html", f"book/{STEM}.html", f"hand-in/{STEM}"):
        assert token not in learner.ask(f"/course/{path}").text


def test_open_makes_a_copy_once_and_leads_to_jupyterlab(learner, server):
    answer = learner.ask(f"/course/open/{STEM}")
    assert (answer.status, answer.headers["Location"]) == (302, f"/lab/tree/{STEM}.ipynb")
    copy = server.work / f"{STEM}.ipynb"
    copy.write_text("mine")
    learner.ask(f"/course/open/{STEM}")
    assert copy.read_text() == "mine"
    copy.unlink()


def test_download_is_the_release_as_a_file(learner):
    answer = learner.ask(f"/course/download/{STEM}")
    assert f"{STEM}.ipynb" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.body)["nbformat"] == 4


@pytest.mark.parametrize("address", ["open", "download", "hand-in"])
@pytest.mark.parametrize("stem", ["nonsense", "index"])
def test_an_unknown_stem_is_not_found_and_the_known_ones_are_named(learner, address, stem):
    answer = learner.ask(f"/course/{address}/{stem}")
    assert answer.status == 404
    assert STEM in answer.text


def test_a_hand_in_needs_the_xsrf_token_and_the_same_origin(learner, stranger):
    learner.ask("/course/book/index.html")
    assert learner.ask(f"/course/hand-in/{STEM}", "POST").status == 403
    token = {"X-XSRFToken": learner.xsrf()}
    assert learner.ask(f"/course/hand-in/{STEM}", "POST", Origin="http://elsewhere.example", **token).status == 404
    assert stranger.ask(f"/course/hand-in/{STEM}", "POST", **token).status == 403


def test_nothing_to_hand_in_is_said_in_json(learner):
    answer = learner.ask(f"/course/hand-in/{STEM}", "POST", **{"X-XSRFToken": learner.xsrf()})
    assert answer.status == 404
    assert "open the exercise" in answer.json()["message"]


def test_a_hand_in_is_answered_with_the_report(learner, server):
    learner.ask(f"/course/open/{STEM}")
    answer = learner.ask(f"/course/hand-in/{STEM}", "POST", **{"X-XSRFToken": learner.xsrf()})
    assert answer.status == 200
    report = answer.json()
    assert (report["stem"], report["outcome"], report["score"]) == (STEM, "graded", 0)
    assert [cell["outcome"] for cell in report["cells"]] == ["failed"] * 3


def test_only_the_copies_are_shown(learner, server):
    shown = [item["name"] for item in learner.ask("/api/contents").json()["content"]]
    assert set(shown) <= {f"{STEM}.ipynb"}
    assert (server.work / ".course").is_dir()


def test_nbgraders_panels_are_off(learner):
    config = learner.ask("/lab").text
    start = config.index('<script id="jupyter-config-data"')
    data = json.loads(config[config.index(">", start) + 1 : config.index("</script>", start)])
    assert "@jupyter/nbgrader" in data["disabledExtensions"]
    assert learner.ask("/formgrader").status == 404


def test_the_next_free_port_is_taken(server, tmp_path):
    with running_server(tmp_path / "work", "--port", server.root.rpartition(":")[2]) as second:
        assert second.root != server.root
        assert Visitor(second.root).ask("/course/book/index.html").status == 302


SLOW_TO_LISTEN = """
import time
from autograder.server import __main__, app
listen = app.CourseServer._bind_http_server
app.CourseServer._bind_http_server = lambda self: (time.sleep(1), listen(self))
__main__.command()
"""


def test_the_address_is_printed_when_the_server_answers(tmp_path):
    port = port_from(20288)
    with running_server(tmp_path / "work", "--port", port, python=["-c", SLOW_TO_LISTEN]) as server:
        assert Visitor(server.root).ask("/course/book/index.html").status == 302
