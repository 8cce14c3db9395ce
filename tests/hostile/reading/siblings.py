# expected: 0/10, shows "refused: 8"
# Channels to a notebook that is graded at the same moment, which could print what this one is handed.
import ctypes
import errno
import fcntl
import os
import sys

import numpy as np

libc = ctypes.CDLL(None, use_errno=True)
refused = 0
for name, arguments in (
    ("inotify_init", ()),
    ("inotify_init1", (0,)),
    ("memfd_create", (b"x", 0)),
    ("shmget", (1, 4096, 0o1666)),
    ("msgget", (1, 0o1666)),
    ("semget", (1, 1, 0o1666)),
):
    if getattr(libc, name)(*arguments) == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS):
        refused += 1
with open(np.__file__) as shared:
    for way in (
        lambda: fcntl.flock(shared, fcntl.LOCK_SH),
        lambda: fcntl.fcntl(shared, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    ):
        try:
            way()
        except OSError:
            refused += 1
for file in (np.__file__, sys.executable):
    if os.access(file, os.W_OK):
        print("LEAKED", file)
print("refused:", refused)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
