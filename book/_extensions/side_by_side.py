"""Executes the pages side by side, one a processor, before Sphinx reads them one after another.

Their outputs go into jupyter-cache, where myst-nb finds them. A page whose cells fail is left to myst-nb, which
executes it again and says what is wrong.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.read import NbReader, create_nb_reader
from sphinx.util.display import status_iterator

if TYPE_CHECKING:
    from jupyter_cache.cache.main import JupyterCacheBase
    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def execute_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute those of the pages to be read whose outputs are not kept."""
    if env.mystnb_config.execution_mode != "cache":
        return
    cache = get_cache(env.mystnb_config.execution_cache_path)
    waiting = [page for name in docnames if (page := read(env, name)) and not is_kept(cache, page[1])]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        tasks = {pool.submit(execute, env, path, notebook): (path, reader) for path, notebook, reader in waiting}
        finished = status_iterator(
            as_completed(tasks), "executing pages... ", "purple", len(tasks), app.verbosity, lambda t: tasks[t][0].stem
        )
        for task in finished:
            path, reader = tasks[task]
            keep(cache, path, reader, task.result())


def read(env: BuildEnvironment, docname: str) -> tuple[Path, NotebookNode, NbReader] | None:
    """A page as myst-nb reads it; None where it has no cells."""
    path = Path(env.doc2path(docname))
    text = path.read_text("utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    if reader is None:
        return None
    notebook = reader.read(text)
    return (path, notebook, reader) if any(cell.cell_type == "code" for cell in notebook.cells) else None


def is_kept(cache: JupyterCacheBase, notebook: NotebookNode) -> bool:
    """Whether the outputs of these cells are in the cache."""
    with suppress(KeyError):
        cache.match_cache_notebook(notebook)
        return True
    return False


def execute(env: BuildEnvironment, path: Path, notebook: NotebookNode) -> ExecutionResult:
    """Run a page's cells as myst-nb does."""
    config = env.mystnb_config
    return single_nb_execution(notebook, str(path.parent), config.execution_timeout, config.execution_allow_errors)


def keep(cache: JupyterCacheBase, path: Path, reader: NbReader, result: ExecutionResult) -> None:
    """Put a page's outputs into the cache, if all its cells ran."""
    if result.err is None:
        options = {} if reader.read_fmt is None else {"read_data": reader.read_fmt}
        record = cache.add_nb_to_project(str(path), **options)
        bundle = CacheBundleIn(result.nb, record.uri, data={"execution_seconds": result.time})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Execute once it is known which pages are read anew."""
    app.connect("env-before-read-docs", execute_pages)
    return {"version": "1.0", "parallel_read_safe": True, "parallel_write_safe": True}
