"""What learners install: the wheel holds ``understanding_nn`` and nothing else of ours, and works alone."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_the_learners_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"understanding_nn"}
    source = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "understanding_nn").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if ".dist-info/" not in name} == source
    assert zipfile.ZipFile(wheel).testzip() is None


def test_it_requires_only_what_a_learner_needs(wheel):
    archive = zipfile.ZipFile(wheel)
    metadata = archive.read(next(name for name in archive.namelist() if name.endswith("METADATA"))).decode()
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]
    assert not [line for line in required if "nbgrader" in line or "jupyter-book" in line]
    assert any("tensorflow" in line for line in required)


def test_it_works_alone(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "alone")
    code = f"""
import sys
sys.path[:0] = [{str(tmp_path / "alone")!r}, {sysconfig.get_path("purelib")!r}]
import importlib.util
import understanding_nn
from understanding_nn import data, networks, plots
assert understanding_nn.__file__.startswith({str(tmp_path / "alone")!r}), understanding_nn.__file__
assert importlib.util.find_spec("solutions") is None
assert importlib.util.find_spec("autograder") is None
logits = networks.load("mnist_cnn")(data.mnist().x_test[:10])
plots.grid(data.mnist().x_test[:2])._repr_png_()
print(logits.shape)
"""
    # -S leaves out site-packages' .pth files, one of which names the checkout.
    result = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert result.stdout.strip() == "(10, 10)", result.stderr
