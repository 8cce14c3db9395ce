"""Runs that can be interrupted: the epochs of a training, with checkpoints and progress."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from rich.progress import Progress

from understanding_nn.errors import DataError
from understanding_nn.files import read_arrays, write_arrays

_EPOCHS_PER_CHECKPOINT = 5


class _Variable(Protocol):
    """What a training changes: a ``tf.Variable`` or a ``keras.Variable``."""

    def assign(self, value: np.ndarray) -> object:
        """Sets the value."""

    def numpy(self) -> np.ndarray:
        """Gives the value."""


def epochs(
    total: int, state: Sequence[_Variable], checkpoint: Path, progress: Progress | None, name: str
) -> Iterator[int]:
    """Gives the epochs that are still to be done, one after another, and keeps what they change.

    Args:
        total: how many epochs the training has.
        state: all variables that an epoch leaves changed. Everything random must come from the epoch's number: then a
            resumed run sees what an uninterrupted one sees.
        checkpoint: the file to go on from, and to write every few epochs and at the end.
        progress: a progress display that has been started; none, and nothing is shown.
        name: what the progress display calls the run.

    Yields:
        The number of the epoch to do now, from 0.

    Raises:
        DataError: the checkpoint is damaged, or of another training; the message names the file to delete.

    Example:
        >>> import tensorflow as tf
        >>> weight = tf.Variable(0.0)
        >>> for epoch in epochs(3, [weight], Path("checkpoint.npz"), None, "counting"):
        ...     _ = weight.assign_add(epoch)
        >>> float(weight)
        3.0
    """
    done = _restore(checkpoint, state)
    task = progress.add_task(name, total=total, completed=done) if progress else None
    for epoch in range(done, total):
        yield epoch
        if (epoch + 1) % _EPOCHS_PER_CHECKPOINT == 0 or epoch + 1 == total:
            arrays = {f"state{index:03d}": variable.numpy() for index, variable in enumerate(state)}
            write_arrays(checkpoint, {"epochs_done": np.array(epoch + 1), **arrays})
        if progress and task is not None:
            progress.update(task, advance=1)


def _restore(checkpoint: Path, state: Sequence[_Variable]) -> int:
    """Puts a checkpoint's values into the variables; returns how many epochs they have seen."""
    if not checkpoint.exists():
        return 0
    remedy = "Delete it to start anew."
    arrays = read_arrays(checkpoint, remedy)
    try:
        for index, variable in enumerate(state):
            variable.assign(arrays[f"state{index:03d}"])
        return int(arrays["epochs_done"])
    except (KeyError, ValueError) as error:
        raise DataError(f"the checkpoint {checkpoint} belongs to another training ({error}). {remedy}") from error
