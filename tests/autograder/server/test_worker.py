"""The grader's process: it prepares when nobody asks, and answers at once when somebody does."""

import io
import json
import threading
from types import SimpleNamespace

from autograder.errors import AutograderError
from autograder.server.worker import serve


class Engine:
    """Says in which order things were done; a case is drawn only when `may_draw` is set."""

    def __init__(self):
        self.done = []
        self.drawn = threading.Event()

    def prepare(self, stem):
        for number in range(3):
            self.done.append((stem, number))
            self.drawn.set()
            yield SimpleNamespace()
        if stem == "broken":
            raise AutograderError("no case is fit")

    def grade(self, notebook, stem):
        if stem == "unknown":
            raise AutograderError("there is no such technique")
        self.done.append(stem)
        return SimpleNamespace(to_json=lambda: {"stem": stem})


def answers_to(engine, questions):
    answers = io.StringIO()
    serve(engine, questions, answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def asked(engine):
    yield json.dumps({"prepare": "broken"})
    yield json.dumps({"prepare": "cam"})
    engine.drawn.wait(10)
    yield json.dumps({"stem": "lrp", "notebook": "x"})
    yield json.dumps({"stem": "unknown", "notebook": "x"})


def test_a_question_waits_for_one_case_at_most():
    engine = Engine()
    assert answers_to(engine, asked(engine)) == [
        {"report": {"stem": "lrp"}},
        {"error": "there is no such technique"},
    ]
    assert engine.done[0] == ("broken", 0)
    assert "lrp" in engine.done


def test_what_is_prepared_is_prepared_whole_if_nobody_asks():
    engine = Engine()

    def questions():
        yield json.dumps({"prepare": "broken"})
        yield json.dumps({"prepare": "cam"})
        while len(engine.done) < 6:
            engine.drawn.wait(0.01)

    assert answers_to(engine, questions()) == []
    assert engine.done == [(stem, number) for stem in ("broken", "cam") for number in range(3)]
