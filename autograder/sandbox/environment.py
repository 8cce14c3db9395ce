"""The environment variables of the warm parent and its children. Nothing of ours is inherited."""

from __future__ import annotations

NUMERICS = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL": "0",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
"""What decides how TensorFlow rounds. The process that computes references sets the same before it imports TensorFlow.

All but the first are for a child's first operations, since a submission has little more than those. oneDNN doubles
their time, so it is off. What is left of it writes machine code at the first product of matrices and, for most of its
time, at the first gradient of a convolution; less of it for an older processor. At the sizes of the course the code
that there is, or that an older processor would get, is as fast.
"""

PARENT = {
    **NUMERICS,
    "PATH": "/nonexistent",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # the same order of sets in every run: a regrade gives the same marks
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",  # a second thread, and the warm parent may not fork
    "MALLOC_ARENA_MAX": "2",  # else each thread reserves 64 MiB of the address space
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}

CHILD = {
    **NUMERICS,
    "PATH": "/nonexistent",
    "LANG": "C.UTF-8",
    "USER": "learner",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # one thread each: a class is graded in parallel, one child on a core
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "KERAS_BACKEND": "tensorflow",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}

HOMES = ("HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR", "KERAS_HOME")
"""Where libraries write: a child sets each to its own folder."""


def at_home(variables: dict[str, str], folder: str) -> dict[str, str]:
    """Return the variables with every folder that a library writes to set to `folder`.

    Example:
        >>> at_home({}, "/work")["HOME"]
        '/work'
    """
    return {**variables, **dict.fromkeys(HOMES, folder)}
