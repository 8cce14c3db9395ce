"""Kernels from a warm parent, driven as Jupyter drives them."""

import os
import subprocess
import sys
import time

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from autograder.kernels import warm
from autograder.kernels.warm import CLIENT, WarmKernels

pytestmark = pytest.mark.slow


class Kernel:
    def __init__(self, specifications):
        self.manager = KernelManager(kernel_spec_manager=specifications)

    def __enter__(self):
        self.manager.start_kernel(cwd="/", extra_arguments=["--HistoryManager.hist_file=:memory:"])  # as nbclient does
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        return self

    def __exit__(self, *exception):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def run(self, code):
        shown = []

        def note(message):
            if message["msg_type"] == "stream":
                shown.append(message["content"]["text"])
            elif message["msg_type"] in ("display_data", "execute_result"):
                shown.extend(message["content"]["data"])
            elif message["msg_type"] == "error":
                shown.append(message["content"]["ename"])

        self.client.execute_interactive(code, timeout=120, output_hook=note)
        return "".join(shown)

    def process(self):
        return int(self.run("import os; print(os.getpid())"))


@pytest.fixture(scope="module")
def specifications():
    with WarmKernels() as kernels, pytest.MonkeyPatch.context() as patch:
        for name, value in kernels.environment.items():
            patch.setenv(name, value)
        yield KernelSpecManager()


@pytest.fixture
def kernel(specifications):
    with Kernel(specifications) as kernel:
        yield kernel


def test_tensorflow_is_there_and_works(kernel):
    assert kernel.run("import sys; print('tensorflow' in sys.modules)") == "True\n"
    assert kernel.run("import tensorflow as tf; print(float(tf.constant(2.0) ** 2))") == "4.0\n"


def test_figures_are_shown(kernel):
    assert "image/png" in kernel.run("import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()")


def test_nothing_of_the_course_is_imported_beforehand(kernel):
    code = "import sys; print(sorted({'understanding_nn', 'solutions', 'autograder.rooms'} & set(sys.modules)))"
    assert kernel.run(code) == "[]\n"


def test_kernels_are_processes_of_their_own_with_random_numbers_of_their_own(specifications):
    code = "import numpy, random; print(numpy.random.rand(), random.random())"
    with Kernel(specifications) as one, Kernel(specifications) as two:
        assert one.process() != two.process()
        assert one.run(code) != two.run(code)


def test_an_endless_loop_can_be_interrupted(kernel):
    kernel.client.execute("while True: pass", stop_on_error=False)  # else what comes next could be dropped
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    assert kernel.client.get_shell_msg(timeout=60)["content"]["ename"] == "KeyboardInterrupt"
    assert kernel.run("print('alive')") == "alive\n"


def test_it_ends_when_jupyter_kills_its_client_even_in_an_endless_loop(specifications):
    with Kernel(specifications) as kernel:
        process = kernel.process()
        kernel.client.execute("while True: pass")
    assert gone(process)


def test_jupyter_notices_when_a_kernel_dies(specifications):
    with Kernel(specifications) as kernel:
        kernel.client.execute("import os; os._exit(3)")
        assert until(lambda: not kernel.manager.is_alive())


def test_restarting_gives_a_fresh_one(kernel):
    kernel.run("a_name = 1")
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.run("print('a_name' in dir())") == "False\n"


def test_without_a_parent_an_ordinary_kernel_starts(tmp_path):
    warm.write_specification(tmp_path, tmp_path / "nobody-listens-here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(tmp_path))
        with Kernel(KernelSpecManager()) as kernel:
            assert kernel.run("import sys; print('tensorflow' in sys.modules)") == "False\n"


def test_the_client_needs_nothing_but_the_standard_library():
    done = subprocess.run([sys.executable, "-I", "-S", str(CLIENT)], capture_output=True, text=True)
    assert "missing 1 required positional argument" in done.stderr


def gone(process):
    def has_ended():
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        return False

    return until(has_ended)


def until(condition):
    return any(condition() or time.sleep(0.1) for _ in range(100))
