"""Arrays in files: read with a clear error, written whole or not at all."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from understanding_nn.errors import DataError

REINSTALL = "Install the package again: pip install --force-reinstall --no-deps understanding-nn."


def read_arrays(path: Path, remedy: str) -> dict[str, np.ndarray]:
    """Reads a file of named arrays; nothing in it is executed.

    Args:
        path: a file that ``write_arrays`` or ``numpy.savez`` wrote.
        remedy: what to do when it cannot be read; the last sentence of the error.

    Returns:
        The arrays by name, in the order of the file.

    Raises:
        DataError: the file is missing or damaged.

    Example:
        >>> write_arrays(Path("example.npz"), {"a": np.zeros(2)})
        >>> read_arrays(Path("example.npz"), remedy="Write it again.")["a"].tolist()
        [0.0, 0.0]
    """
    try:
        # Opened here: numpy leaves a file open that turns out to be damaged.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return {key: file[key] for key in file.files}
    except (OSError, EOFError, ValueError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}). {remedy}") from error


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes named arrays into a compressed file, byte for byte the same for the same arrays.

    The file is written beside its place and renamed: whoever is interrupted leaves the old file, or none.

    Args:
        path: the file, ``.npz``.
        arrays: the arrays by name.

    Raises:
        OSError: the file cannot be written.

    Example:
        >>> write_arrays(Path("example.npz"), {"a": np.zeros(2)})
    """
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]  # the stubs take the names for options
    partial.replace(path)
