import gc
import threading
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

from understanding_nn import tracing
from understanding_nn.errors import ArgumentError
from understanding_nn.tracing import traced

ONES = np.ones((2, 3), np.float32)


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="ones")])


class Counter:
    """Counts traces: Python code in a compiled function runs when it is traced, and only then."""

    count = 0

    def add(self):
        self.count += 1


@pytest.fixture
def traces():
    return Counter()


@pytest.fixture
def at_first_call(monkeypatch):
    """Compiles at the first call."""
    monkeypatch.setattr(tracing, "EAGER_CALLS", 0)


def test_the_first_calls_run_step_by_step(model, traces):
    def method(x, **options):
        def step(x):
            traces.add()
            assert options.get("at_once") is None or not tf.executing_eagerly()
            return model(x), None

        return traced(model, step, **options)(x)

    results = [method(ONES) for _ in range(10)]
    assert traces.count == tracing.EAGER_CALLS + 1
    assert [(float(logits[0, 0]), nothing) for logits, nothing in results] == [(3, None)] * 10
    method(ONES, at_once=True)


@pytest.mark.usefixtures("at_first_call")
def test_what_cannot_be_compiled_runs_all_the_same_and_says_so(model):
    def with_numpy(x):
        return x.numpy().sum(axis=1)

    with pytest.warns(UserWarning, match=r"with_numpy\(\) runs step by step, since it cannot be compiled"):
        result = traced(model, with_numpy)(ONES)
    assert result.numpy().tolist() == [3, 3]
    traced(model, with_numpy)(2 * ONES)  # says it once


@pytest.mark.usefixtures("at_first_call")
def test_an_error_of_the_function_is_its_own(model):
    def wrong(x):
        raise KeyError("not there")

    with pytest.raises(KeyError, match="not there"):
        traced(model, wrong)(ONES)


@pytest.mark.usefixtures("at_first_call")
def test_a_function_defined_anew_in_each_call_is_traced_once(model, traces):
    def method(x, factor=2.0):
        def step(x):
            traces.add()
            return factor * model(x)

        return traced(model, step)(x)

    results = [method(ONES)[0, 0] for _ in range(3)]
    assert [float(each) for each in results] == [6, 6, 6]
    assert traces.count == 1
    assert float(method(ONES, factor=3.0)[0, 0]) == 9
    assert traces.count == 2


@pytest.mark.usefixtures("at_first_call")
def test_the_number_of_images_may_change(model, traces):
    def step(x, target):
        traces.add()
        return tf.gather(model(x), target, axis=1, batch_dims=1)

    for n in (1, 2, 64, 3):
        assert traced(model, step)(np.ones((n, 3), np.float32), np.zeros(n, np.int32)).shape == (n,)
    assert traces.count == 1


@pytest.mark.usefixtures("at_first_call")
def test_other_types_and_shapes_are_traced_for_themselves(model):
    def double(x):
        return x * 2

    function = traced(model, double)
    assert function(np.ones((2, 3), np.float32)).dtype == tf.float32
    assert function(np.ones((2, 3), np.int32)).dtype == tf.int32
    assert function(np.ones((2, 5, 4), np.float32)).shape == (2, 5, 4)
    assert float(function(tf.constant(2.0))) == 4


def in_a_notebook(source, namespace):
    """Runs a cell; the same cell run again with another body has the same names and line numbers."""
    exec(compile(source, "<cell>", "exec"), namespace)


@pytest.mark.usefixtures("at_first_call")
def test_a_corrected_cell_is_traced_again(model):
    namespace = {"traced": traced, "model": model}
    method = "def method(x):\n    def step(x):\n        return rule(model(x))\n    return traced(model, step)(x)"
    in_a_notebook("def inner(x): return x\ndef rule(x): return inner(x)", namespace)
    in_a_notebook(method, namespace)
    assert float(namespace["method"](ONES)[0, 0]) == 3
    in_a_notebook("def rule(x): return -inner(x)", namespace)
    assert float(namespace["method"](ONES)[0, 0]) == -3
    in_a_notebook("def inner(x): return 10 * x", namespace)  # two calls away
    assert float(namespace["method"](ONES)[0, 0]) == -30
    in_a_notebook(method.replace("rule(model(x))", "model(x) + 1"), namespace)
    assert float(namespace["method"](ONES)[0, 0]) == 4


@pytest.mark.usefixtures("at_first_call")
def test_a_changed_global_number_is_traced_again(model):
    namespace = {"RATE": 2.0}
    in_a_notebook("def step(x): return RATE * x", namespace)
    assert float(traced(model, namespace["step"])(ONES)[0, 0]) == 2
    namespace["RATE"] = 5.0
    assert float(traced(model, namespace["step"])(ONES)[0, 0]) == 5


def test_functions_that_call_each_other_have_an_end(model):
    namespace = {}
    in_a_notebook("def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)", namespace)
    in_a_notebook("def step(x): return x if even(4) else -x", namespace)
    assert float(traced(model, namespace["step"])(ONES)[0, 0]) == 1


def test_options_of_every_kind_tell_traces_apart(model):
    def method(option):
        def step(x):
            return x

        def with_option(x):
            return step(x) if option is None else step(x) + 0

        return traced(model, with_option)

    for option in (0.0, 1, None, "a", (1, 2), [1, [2]], {"a": 1}, np.float32(1), float("nan"), model):
        assert method(option) is method(option)
    assert method(0.0) is not method(-0.0)
    assert method(1) is not method(1.0)
    assert method([1]) is not method((1,))


def test_arrays_from_outside_are_refused(model):
    for noise in (np.ones(3), tf.ones(3)):

        def step(x, noise=noise):
            def inner(x):
                return x + noise

            return inner

        with pytest.raises(
            ArgumentError, match=r"inner\(\) takes the array 'noise'.*traced\(model, inner\)\(..., noise\)"
        ):
            traced(model, step(ONES))


def test_each_model_has_its_own(model):
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="zeros")])

    def method(model, x):
        def step(x):
            return model(x)

        return float(traced(model, step)(x)[0, 0])

    assert [method(model, ONES), method(other, ONES), method(model, ONES)] == [3, 0, 3]


@pytest.mark.usefixtures("at_first_call")
def test_changed_weights_are_used(model):
    def step(x):
        return model(x)

    assert float(traced(model, step)(ONES)[0, 0]) == 3
    model.layers[0].kernel.assign(np.full((3, 2), 2.0))
    assert float(traced(model, step)(ONES)[0, 0]) == 6


@pytest.mark.usefixtures("at_first_call")
def test_compiled_functions_end_with_their_model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])

    def method(model):
        def step(x):
            return model(x)

        return traced(model, step)(ONES)

    method(model)
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None


def test_their_number_is_bounded(model):
    for number in range(200):

        def step(x, number=number):
            return x + number

        traced(model, step)
    assert len(model.__dict__["_understanding_nn_traces"]) <= 64


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras under NumPy 2
@pytest.mark.usefixtures("at_first_call")
def test_a_model_can_still_be_saved_and_copied(model, tmp_path):
    def step(x):
        return model(x)

    traced(model, step)(ONES)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(ONES), model(ONES))
    assert not hasattr(keras.models.clone_model(model), "_understanding_nn_traces")


@pytest.mark.usefixtures("at_first_call")
def test_threads_share_one_trace(model, traces):
    def step(x):
        traces.add()
        return model(x)

    threads = [threading.Thread(target=lambda: traced(model, step)(ONES)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert traces.count == 1
