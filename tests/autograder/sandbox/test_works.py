"""What an honest notebook does must work in the sandbox as it does in Jupyter."""

import base64
import textwrap

import pytest

RUNS = {
    "keras fit, save, load": """
        import keras, numpy as np
        model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(2)])
        model.compile("adam", "mse")
        model.fit(np.ones((8, 4)), np.ones((8, 2)), verbose=0)
        model.save("model.keras")
        model.save_weights("model.weights.h5")
        copy = keras.models.load_model("model.keras")
        copy.load_weights("model.weights.h5")
        np.testing.assert_allclose(copy(np.ones((1, 4))), model(np.ones((1, 4))))
        assert model.name == "sequential", model.name
    """,
    "tf.data": """
        import tensorflow as tf
        data = tf.data.Dataset.range(10).map(lambda x: 2 * x, num_parallel_calls=tf.data.AUTOTUNE).batch(5).prefetch(1)
        assert sum(int(x) for batch in data for x in batch) == 90
    """,
    "XLA": """
        import tensorflow as tf
        assert tf.function(lambda x: 2 * x + 1, jit_compile=True)(tf.ones(3)).numpy().tolist() == [3, 3, 3]
    """,
    "an operation with no function around it": """
        import tensorflow as tf
        try:
            tf.matmul(tf.ones((2, 3)), tf.ones((2, 3)))
        except tf.errors.InvalidArgumentError as error:
            assert "function_node" not in str(error), error  # else first operations have become slow: see operations.py
        else:
            raise AssertionError("these two cannot be multiplied")
    """,
    "threads": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(abs, range(100))) == 4950
    """,
    "await": """
        import asyncio
        await asyncio.sleep(0.001)
    """,
    "files in the working folder": """
        from pathlib import Path
        Path("note.txt").write_text("x")
        assert Path("~/note.txt").expanduser().read_text() == "x"
    """,
    "temporary files": """
        import tempfile
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x")
    """,
    "the course's package": """
        from understanding_nn import networks
        model = networks.load("mnist_mlp")
        assert networks.name_of(model) == "mnist_mlp"
    """,
    "source of a function": """
        import inspect
        def f(): return 1
        assert "return 1" in inspect.getsource(f)
    """,
    "magics": """
        %matplotlib inline
        %config InlineBackend.figure_format = "png"
        %timeit -n1 -r1 1 + 1
        %time 1 + 1
    """,
    "a cell magic": "%%capture shown\nprint('x')",
    "exit": "exit()",
}


@pytest.fixture(scope="module")
def shared(sandbox):
    with sandbox.child() as one:
        yield one


@pytest.mark.parametrize("name", RUNS)
def test_runs(roomy, name):
    with roomy.child() as child:
        result = child.run_cell(textwrap.dedent(RUNS[name]))
    assert result.ok, result.error


def test_shows_text_and_result(shared):
    outputs = shared.run_cell("print('a'); print('b')\n6 * 7").outputs
    assert outputs == [
        {"output_type": "stream", "name": "stdout", "text": "a\nb\n"},
        {"output_type": "execute_result", "data": {"text/plain": "42"}, "metadata": {}, "execution_count": None},
    ]


def test_shows_text_of_descriptors_and_buffers(shared):
    source = "import os, sys\nprint('a')\nos.write(1, b'b\\n')\nsys.stdout.buffer.write(b'c\\n')\nprint('d');"
    assert shared.run_cell(source).outputs[0]["text"] == "a\nb\nc\nd\n"


def test_hides_what_tensorflow_logs(shared):
    source = "import os, tensorflow as tf\nos.write(2, b'log')\ntf.print('x', output_stream='file:///work/log');"
    assert shared.run_cell(source).outputs == []


@pytest.mark.parametrize("source", ["plt.plot([1, 2]);", "plt.plot([1, 2]); plt.show()", "display(plt.figure())"])
def test_shows_figures(shared, source):
    outputs = shared.run_cell(f"import matplotlib.pyplot as plt\nplt.close('all')\n{source}").outputs
    images = [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    assert [base64.b64decode(image)[:4] for image in images] == [b"\x89PNG"] * (source != "display(plt.figure())")


def test_shows_plain_text_only_of_rich_displays(shared):
    source = "class A:\n def _repr_html_(self): return '<script>'\n def __repr__(self): return 'A!'\ndisplay(A())"
    assert shared.run_cell(source).outputs[0]["data"] == {"text/plain": "A!"}


def test_shows_warnings(shared):
    outputs = shared.run_cell("import warnings; warnings.warn('careful')").outputs
    assert outputs[0]["name"] == "stderr"
    assert "UserWarning: careful" in outputs[0]["text"]


def test_shows_tracebacks_with_the_learners_lines(shared):
    result = shared.run_cell("def f(x):\n    return 1 / x\n\nf(0)")
    assert result.error == "ZeroDivisionError: division by zero"
    assert result.outputs[-1]["ename"] == "ZeroDivisionError"
    assert "return 1 / x" in "\n".join(result.outputs[-1]["traceback"])


def test_shows_what_was_printed_before_an_error(shared):
    outputs = shared.run_cell("print('before')\nraise ValueError('x')").outputs
    assert [output["output_type"] for output in outputs] == ["stream", "error"]


@pytest.mark.parametrize("source", ["!ls", "files = !ls", "%%bash\nls", "%pip install x", "%system ls", "%%sh\nls"])
def test_refuses_shell_commands_politely(shared, source):
    result = shared.run_cell(source)
    assert "shell commands are not available" in result.error
    assert [output["output_type"] for output in result.outputs] == ["stream"]


@pytest.mark.parametrize("source", ["def f(:", "%nosuchmagic", "1 +", "raise SystemExit(3)", "input()", "\x00"])
def test_broken_cells_are_results(shared, source):
    assert not shared.run_cell(source).ok
    assert shared.run_cell("1").ok


def test_progress_bars_leave_one_line(shared):
    assert shared.run_cell(r"for n in range(3): print(f'\r{n}', end='')").outputs[0]["text"] == "2"
