"""Calls, what they may return, and how a child can be lost."""

import numpy as np
import pytest

from autograder.sandbox import CallFailed, CallStopped, Child, ChildLost, ValueRefused
from autograder.sandbox.confinement import TIGHT

DEFINITIONS = """
import os, signal, time
import numpy as np, tensorflow as tf

def back(*args, **kwargs): return (args, tuple(kwargs.values())) if kwargs else args
def returns(source): return eval(source)
def does(source): exec(source, globals())
def double(x): return 2 * x
def mutates(x):
    x[...] = 7.0
    return x
def divide(x):
    y = x
    return y / 0

@tf.custom_gradient
def halved(x, power=1):
    return x * 1.0, lambda upstream: upstream / 2.0
"""


@pytest.fixture(scope="module")
def shared(sandbox):
    with sandbox.child() as child:
        assert child.run_cell(DEFINITIONS).ok
        yield child


@pytest.fixture
def fresh(sandbox):
    with sandbox.child() as child:
        assert child.run_cell(DEFINITIONS).ok
        yield child


@pytest.mark.parametrize(
    "value",
    [None, True, -3, 2**63, 0.1, float("inf"), -0.0, (), (1, (2.0, None)), "same", [np.ones(2)], np.float32(2.5)],
    ids=repr,
)
def test_values_go_in(shared, value):
    shared.run_cell("seen = None\ndef see(value):\n    global seen\n    seen = value")
    shared.call("see", (value,))
    shown = shared.run_cell("seen").outputs
    expected = np.asarray(value) if isinstance(value, np.generic) else value
    assert (shown[0]["data"]["text/plain"] if shown else "None") == repr(expected)


def test_arrays_come_back_as_they_went(shared):
    arrays = (np.arange(6, dtype="f4").reshape(2, 3), np.array(2.0), np.zeros((0, 3), "i8"), np.array([True, False]))
    for sent, received in zip(arrays, shared.call("back", arrays), strict=True):
        assert received.dtype == sent.dtype
        np.testing.assert_array_equal(received, sent)


def test_keywords_reach_the_function(shared):
    assert shared.call("back", (1,), {"alpha": 2.0, "rule": 3}) == ((1,), (2.0, 3))


def test_arguments_are_copies_that_may_be_changed(shared):
    x = np.zeros(3, np.float32)
    np.testing.assert_array_equal(shared.call("mutates", (x,)), np.full(3, 7.0))
    np.testing.assert_array_equal(x, np.zeros(3))


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("tf.ones((2, 3))", "f"),
        ("tf.Variable([1, 2])", "i"),
        ("np.float64(1.5)", "f"),
        ("np.matrix([[1.0]])", "f"),
        ("np.ma.masked_array([1.0], [True])", "f"),
        ("np.ones((4, 4))[::2, ::-1]", "f"),
        ("np.ones(3, '>f4')", "f"),
        ("np.ones((2, 3), order='F')", "f"),
        ("tf.IndexedSlices(tf.ones((1, 2)), tf.constant([0]), tf.constant([1, 2]))", "f"),
        ("__import__('keras').Variable([1.0])", "f"),
    ],
)
def test_tensors_and_numpy_values_become_plain_arrays(shared, source, kind):
    value = shared.call("returns", (source,))
    assert type(value) is np.ndarray
    assert value.dtype.kind == kind
    assert value.dtype.isnative


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("[1.0, 2.0]", "returned a list of numbers; return a NumPy array"),
        ("([[1.0]],)", "list of numbers"),
        ("'text'", "returned a string"),
        ("{'a': 1}", "returned a dict"),
        ("np.array([object()])", "dtype object"),
        ("np.array(['a'])", "dtype <U1"),
        ("np.ones(2, complex)", "dtype complex128"),
        ("tf.cast([1.0], tf.bfloat16)", "dtype bfloat16"),
        ("lambda: 0", "returned a function"),
        ("__import__('keras').Input((2,))", "symbolic tensor"),
        ("2 ** 64", "64 bits"),
        ("(1,) * 1000", "more than 256 values"),
        ("((((((1,),),),),),)", "nested more than 5 deep"),
        ("np.zeros(65 << 20, np.int8)", "at most 67108864"),
        ("(np.zeros(50 << 20, np.int8),) * 3", "at most 134217728"),
    ],
)
def test_other_values_are_refused_with_a_reason(shared, source, message):
    with pytest.raises(ValueRefused, match=message):
        shared.call("returns", (source,))


def test_objects_that_lie_about_themselves_do_not_cross(shared):
    shared.run_cell(
        "class Liar:\n"
        "    __class__ = np.ndarray\n"
        "    dtype = np.dtype('f4'); nbytes = 4; shape = ()\n"
        "    def __array__(self, *a, **k): raise KeyboardInterrupt\n"
        "    def __eq__(self, other): return True\n"
        "class Name(type):\n    __name__ = property(lambda self: 1 / 0)\n"
        "class Nameless(metaclass=Name): pass"
    )
    for source in ("Liar()", "Nameless()", "(Liar(),)"):
        with pytest.raises((ValueRefused, CallFailed)):
            shared.call("returns", (source,))
    assert shared.call("returns", ("1",)) == 1


def test_a_wrong_argument_of_ours_is_our_mistake(shared):
    with pytest.raises(TypeError, match="argument that may not cross"):
        shared.call("back", ({"a": 1},))
    assert shared.call("double", (2,)) == 4


def test_exceptions_come_with_their_line(shared):
    with pytest.raises(CallFailed) as failed:
        shared.call("divide", (1,))
    assert failed.value.type_name == "ZeroDivisionError"
    assert failed.value.message == "division by zero"
    assert failed.value.where.endswith("return y / 0")


@pytest.mark.parametrize(
    ("source", "type_name"),
    [
        ("raise SystemExit(0)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("raise type('<script>', (Exception,), {})('<b>')", "Exception"),
        ("raise type('A', (Exception,), {'__str__': lambda self: 1 / 0})()", "A"),
        ("raise ExceptionGroup('g', [ValueError()])", "ExceptionGroup"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
)
def test_every_exception_is_a_result(shared, source, type_name):
    with pytest.raises(CallFailed) as failed:
        shared.call("does", (source,))
    assert failed.value.type_name == type_name
    assert shared.call("double", (2,)) == 4


def test_a_function_that_is_not_there(shared):
    with pytest.raises(CallFailed, match="NotDefined: no_such"):
        shared.call("no_such", ())
    shared.run_cell("not_a_function = 1")
    with pytest.raises(CallFailed, match="not callable"):
        shared.call("not_a_function", ())


def test_calls_show_nothing(shared):
    shared.call("does", ("print('a hidden case')",))
    assert shared.run_cell("1;").outputs == []


def test_vjp_uses_the_learners_gradient(shared):
    x, upstream = np.ones((2, 3), np.float32), np.full((2, 3), 4, np.float32)
    np.testing.assert_array_equal(shared.vjp("halved", (x,), upstream), np.full((2, 3), 2))
    np.testing.assert_array_equal(shared.vjp("double", (x,), upstream), np.full((2, 3), 8))


def test_networks_cross_by_name_and_by_layers(shared):
    import keras

    from understanding_nn import networks

    x = np.linspace(0, 1, 784, dtype=np.float32).reshape(1, 28, 28, 1)
    shared.run_cell("seen = []\ndef logits(model, x):\n    seen.append(model)\n    return model(x)")
    packaged = networks.load("mnist_mlp")
    own = keras.Sequential([keras.layers.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    for model in (packaged, own):
        for _ in range(2):
            np.testing.assert_allclose(shared.call("logits", (model, x)), model(x), rtol=1e-4, atol=1e-5)
    # a network that is sent again is the same object, so what is traced for it stays
    shown = shared.run_cell("seen[0] is seen[1], seen[2] is seen[3], seen[0] is seen[2]").outputs
    assert shown[0]["data"]["text/plain"] == "(True, True, False)"


def test_a_slow_call_is_interrupted_and_the_child_lives(fresh):
    with pytest.raises(CallStopped) as failed:
        fresh.call("does", ("while True: pass",))
    assert "1 s of CPU time" in failed.value.message
    assert fresh.call("double", (2,)) == 4


def test_a_slow_cell_is_interrupted_and_the_child_lives(fresh):
    result = fresh.run_cell("print('begun')\nwhile True: pass")
    assert result.error.startswith("took too long: ran longer than 1 s")
    assert result.outputs[0]["text"] == "begun\n"
    assert fresh.call("double", (2,)) == 4


LOSSES = {
    "os._exit(0)": "exited",
    "__import__('ctypes').string_at(0)": "crashed",
    "os.abort()": "crashed",
    "os.closerange(3, 100)": "exited",
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass": "cpu-time",
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: time.sleep(1)": "wall-time",
    "x = []\nwhile True: x.append(b'x' * 1000000)": "memory",
    "while True:\n for n in range(3, 50):\n  try: os.write(n, b'x' * 100)\n  except OSError: pass": "protocol",
}


@pytest.mark.parametrize("source", LOSSES)
def test_a_lost_child_says_why(sandbox, source):
    with sandbox.child() as child:
        assert child.run_cell(DEFINITIONS).ok
        for _ in range(2):  # and stays lost
            with pytest.raises(ChildLost) as lost:
                child.call("does", (source,))
            assert lost.value.reason == LOSSES[source]
        with pytest.raises(ChildLost):
            child.run_cell("1")
    with sandbox.child() as next_child:
        assert next_child.run_cell("1").ok


def test_a_child_cannot_be_ended_by_a_signal_of_its_own(fresh):
    assert (
        fresh.call("does", ("for n in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP): os.kill(os.getpid(), n)",))
        is None
    )


def test_names_go_back_to_a_mark(fresh):
    fresh.run_cell("factor = 2\ndef scaled(x): return factor * x")
    fresh.mark("first")
    fresh.run_cell("factor = 3\ndef later(x): return x")
    assert fresh.call("scaled", (1,)) == 3
    fresh.rewind("first")
    assert fresh.call("scaled", (1,)) == 2
    with pytest.raises(CallFailed, match="NotDefined"):
        fresh.call("later", (1,))


@pytest.mark.parametrize("source", ["'\ud800'", "x = 1\ud800"])
def test_a_cell_that_is_no_unicode_is_a_failed_cell(fresh, source):
    assert not fresh.run_cell(source).ok
    assert fresh.run_cell("1").ok


def test_cpu_time_is_counted_from_the_first_cell(sandbox):
    with sandbox.child() as child:
        before = child.cpu_time_s
        child.run_cell("import time\nwhile time.process_time() < 0: pass\nsum(range(20_000_000))")
        after = child.cpu_time_s
    assert 0 <= before < 0.2
    assert after > before
    assert child.cpu_time_s >= after


def test_a_cell_that_is_too_long_is_not_sent(child):
    result = child.run_cell("#" * (TIGHT.source_bytes + 1))
    assert result.error == "the cell is longer than 1 MiB"
    assert child.run_cell("1").ok


def test_a_closed_child_takes_no_requests(sandbox):
    child = sandbox.child()
    child.close()
    child.close()
    with pytest.raises(ChildLost):
        child.run_cell("1")
    assert isinstance(child, Child)
