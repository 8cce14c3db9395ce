"""The package is imported in the warm parent of the sandbox: it may start nothing there."""

import subprocess
import sys

import pytest


def run(code):
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"OPENBLAS_NUM_THREADS": "1"}
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_importing_it_and_the_digits_loads_no_tensorflow():
    modules = "understanding_nn, understanding_nn.data, understanding_nn.plots"
    assert run(f"import sys, {modules}; print('tensorflow' in sys.modules)") == "False"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts the threads of Linux")
def test_importing_all_of_it_starts_no_thread():
    code = """
import importlib, os, pkgutil, understanding_nn
for module in pkgutil.walk_packages(understanding_nn.__path__, "understanding_nn."):
    importlib.import_module(module.name)
print(len(os.listdir("/proc/self/task")))
"""
    assert run(code) == "1"
