"""What Jupyter starts in the place of a kernel: asks the warm parent for one, and lives exactly as long as it does.

Jupyter knows this process only: when it is killed the kernel ends, when the kernel ends it does. Without an answer from
the warm parent it becomes an ordinary kernel, which is slower to start and otherwise the same. Runs without `site`, so
it must import the standard library only.
"""

import json
import os
import socket
import sys
from contextlib import suppress

STARTED = b"k"


def main(address: str, *arguments: str) -> None:
    """Have a kernel forked and wait for its end; or become one."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as parent:
        parent.connect(address)
        cwd = os.getcwd()  # noqa: PTH109  pathlib takes longer to import than all the rest of this
        request = {"arguments": arguments, "cwd": cwd, "environment": dict(os.environ)}
        body = json.dumps(request).encode()
        socket.send_fds(parent, [len(body).to_bytes(4, "big")], [0, 1, 2])
        parent.sendall(body)
        if parent.recv(1) == STARTED:
            with suppress(OSError):
                parent.recv(1)  # nothing ever comes: this returns when the kernel is gone
            return
    os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", *arguments])  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
