import importlib.util

import pytest

from autograder.rooms import BOOK


@pytest.fixture
def code_hash():
    spec = importlib.util.spec_from_file_location("execution_cache", BOOK / "_extensions" / "execution_cache.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.code_hash


def test_results_are_kept_until_imported_code_changes(code_hash, tmp_path):
    package = tmp_path / "solutions"
    package.mkdir()
    (package / "lrp.py").write_text("alpha = 1")
    first = code_hash(tmp_path)
    (tmp_path / "README.md").write_text("text")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "lrp.pyc").write_bytes(b"compiled")
    assert code_hash(tmp_path) == first
    (package / "lrp.py").write_text("alpha = 2")
    second = code_hash(tmp_path)
    (package / "lrp.py").rename(package / "lrq.py")
    assert len({first, second, code_hash(tmp_path)}) == 3
    (package / "lrq.py").rename(package / "lrp.py")
    (package / "lrp.py").write_text("alpha = 1")
    assert code_hash(tmp_path) == first
