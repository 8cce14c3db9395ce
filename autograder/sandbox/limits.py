"""Every limit of the sandbox: one place, each finite, with its unit in its name."""

from __future__ import annotations

import dataclasses
import math
import os
from dataclasses import dataclass, field

from autograder.sandbox.inside.values import ValueLimits

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True)
class Limits:
    """What one child may use. CPU time decides; wall time is the backstop for code that sleeps.

    Args:
        cpu_time_s: CPU seconds of all threads together over the child's life, its warm-up left out.
        notebook_wall_time_s: wall seconds of one notebook, its replays included; then no cell or call begins any more.
        request_cpu_time_s: CPU seconds of one cell or one call; then it is interrupted.
        request_wall_time_s: wall seconds of one cell or one call; then it is interrupted.
        grace_s: wall seconds between the interrupt and the kill, for code that ignores the interrupt.
        memory_bytes: anonymous and shared memory beyond what a warm child already holds.
        address_space_bytes: virtual memory (RLIMIT_AS); the only limit that stops shared anonymous maps.
        data_bytes: private writable memory (RLIMIT_DATA); makes a huge allocation a clean MemoryError.
        threads: threads of the child; TensorFlow dies below about 24 on two cores.
        disk_bytes: size of each private file system of the child (/work, /dev/shm), held in memory.
        inodes: files on each of them.
        file_bytes: size of one file.
        open_files: descriptors open at a time.
        source_bytes: UTF-8 text of one cell.
        cell_text_bytes: text that one cell may show; more is counted and dropped.
        cell_image_bytes: base64 text of the images that one cell may show; more is dropped.
        cell_outputs: outputs of one cell.
        notebook_output_bytes: text and images of all cells of one child.
        values: caps on the arguments and results of calls.
        start_s: wall seconds for the warm parent to import TensorFlow.
        spawn_s: wall seconds for one child to be confined and warm.

    Example:
        >>> Limits(memory_bytes=512 * MIB).memory_bytes // MIB
        512
    """

    cpu_time_s: float = 120.0
    notebook_wall_time_s: float = 300.0
    request_cpu_time_s: float = 30.0
    request_wall_time_s: float = 90.0
    grace_s: float = 2.0
    memory_bytes: int = GIB
    address_space_bytes: int = 4 * GIB
    data_bytes: int = 2 * GIB
    threads: int = 64 + 4 * (os.cpu_count() or 1)
    disk_bytes: int = 64 * MIB
    inodes: int = 4096
    file_bytes: int = 64 * MIB
    open_files: int = 256
    source_bytes: int = MIB
    cell_text_bytes: int = 256 * KIB
    cell_image_bytes: int = 4 * MIB
    cell_outputs: int = 100
    notebook_output_bytes: int = 16 * MIB
    values: ValueLimits = field(default_factory=ValueLimits)
    start_s: float = 180.0
    spawn_s: float = 90.0

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            amounts = value.items() if isinstance(value, dict) else ((name, value),)
            for label, amount in amounts:
                if not (math.isfinite(amount) and amount > 0):
                    raise ValueError(f"limit {label} is {amount}; every limit must be finite and above 0")


def in_words(amount_bytes: float) -> str:
    """Return an amount of memory as a reader says it.

    Example:
        >>> in_words(1536 * 1024 * 1024)
        '1.5 GiB'
    """
    for unit, size in (("GiB", GIB), ("MiB", MIB), ("KiB", KIB)):
        if amount_bytes >= size:
            return f"{amount_bytes / size:.3g} {unit}"
    return f"{amount_bytes:.0f} bytes"
