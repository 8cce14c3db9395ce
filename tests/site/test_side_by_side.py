"""Pages are executed side by side, once each; one whose cells fail is reported as ever."""

import subprocess
import sys

import pytest

from autograder.rooms import BOOK

pytestmark = pytest.mark.slow

CONF = f"""
import sys
sys.path.insert(0, {str(BOOK / "_extensions")!r})
extensions = ["myst_nb", "side_by_side"]
nb_execution_mode = "cache"
nb_execution_show_tb = True
"""
PAGE = """---
file_format: mystnb
kernelspec:
  name: python3
---
# {name}

```{{code-cell}} python
with open("{log}", "a") as log:
    log.write("{name}\\n")
print({shown})
```
"""


def build(root):
    command = [sys.executable, "-m", "sphinx", "-b", "html", root / "source", root / "out"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.returncode == 0, done.stderr
    return done


def test_each_page_runs_once_and_a_failing_one_is_told(tmp_path):
    source, log = tmp_path / "source", tmp_path / "log"
    source.mkdir()
    (source / "conf.py").write_text(CONF)
    (source / "index.md").write_text("# Plain\n\n```{toctree}\none\ntwo\nwrong\n```\n")
    for name, shown in {"one": "6 * 7", "two": "7 * 8", "wrong": "1 / 0"}.items():
        (source / f"{name}.md").write_text(PAGE.format(name=name, log=log, shown=shown))
    told = build(tmp_path)
    assert "executing pages..." in told.stdout
    assert "wrong.md: WARNING: Executing notebook failed" in told.stderr
    assert "ZeroDivisionError" in told.stderr
    assert ">42" in (tmp_path / "out" / "one.html").read_text()
    assert ">56" in (tmp_path / "out" / "two.html").read_text()
    assert sorted(log.read_text().split()) == ["one", "two", "wrong", "wrong"]

    (source / "two.md").write_text(PAGE.format(name="two", log=log, shown="8 * 8"))
    build(tmp_path)
    assert sorted(log.read_text().split()).count("one") == 1
    assert ">64" in (tmp_path / "out" / "two.html").read_text()
