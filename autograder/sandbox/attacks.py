"""What a hostile notebook would try, as functions that run inside a child.

Each returns what it got hold of, and raises OSError or ImportError where the sandbox held. So an attack that is merely
broken cannot pass for one that was stopped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PRELUDE = """
import ctypes, errno, os, resource, signal, socket, subprocess, sys
from pathlib import Path
import numpy as np

libc = ctypes.CDLL(None, use_errno=True)

def system_call(number, *arguments):
    wide = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result = libc.syscall(number, *wide)
    if result < 0:
        failed = OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        if failed.errno in (errno.EINVAL, errno.EFAULT):
            raise ValueError(f"the attack itself is wrong: {failed}")
        raise failed
    return result
"""


@dataclass(frozen=True)
class Attack:
    """One attempt.

    Args:
        name: what it is called in tests and reports, as in "cannot `name`".
        meaning: what a learner could do if it worked.
        body: of a function of `project`, the project's folder, and `port`, where somebody listens on this machine.
    """

    name: str
    meaning: str
    body: str

    @property
    def function(self) -> str:
        """The name of the attack's function."""
        return "attack_" + re.sub(r"\W", "_", self.name)

    @property
    def source(self) -> str:
        """The cell that defines the attack's function."""
        lines = "\n".join(f"    {line}" for line in self.body.strip().splitlines())
        return f"def {self.function}(project, port):\n{lines}\n"


ATTACKS = (
    Attack(
        "read the solutions",
        "copy the reference",
        """
try:
    import solutions
except ImportError:
    return os.listdir(project + "/solutions") != []
return True
""",
    ),
    Attack(
        "read the graders",
        "learn the hidden cases",
        """
try:
    import autograder
except ImportError:
    return os.listdir(project + "/autograder/graders") != []
return True
""",
    ),
    Attack(
        "read the classroom",
        "read other hand-ins, the gradebook and the secret",
        """
return os.listdir(project) != []
""",
    ),
    Attack("read the machine's files", "read configuration and keys", "return open('/etc/passwd').read() != ''"),
    Attack(
        "change the course's package",
        "change what later notebooks run",
        """
import understanding_nn
with open(understanding_nn.__file__, "a"):
    return True
""",
    ),
    Attack(
        "use the network",
        "fetch an answer, or send the hidden cases away",
        """
with socket.create_connection(("127.0.0.1", port), timeout=2):
    return True
""",
    ),
    Attack(
        "start a program",
        "leave the one process that is limited",
        """
return subprocess.run([sys.executable, "-c", ""]).returncode == 0
""",
    ),
    Attack(
        "start a process",
        "leave the one process that is limited",
        """
process = os.fork()
if process == 0:
    os._exit(0)
return os.waitpid(process, 0)[0] == process
""",
    ),
    Attack(
        "spawn a process",
        "leave the one process that is limited",
        """
process = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {})
return os.waitpid(process, 0)[0] == process
""",
    ),
    Attack(
        "make a namespace",
        "gain rights inside it, the usual first step of an attack on the kernel",
        """
return system_call(272, 0x20000) == 0
""",
    ),
    Attack(
        "see other processes",
        "read their memory, or kill them",
        """
others = [entry for entry in os.listdir("/proc") if entry.isdigit() and int(entry) != os.getpid()]
if not others:
    raise OSError("none to be seen")
return True
""",
    ),
    Attack(
        "read another process' memory",
        "read the hidden cases of another child",
        """
buffer = ctypes.create_string_buffer(8)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
vector = Vector(ctypes.addressof(buffer), 8)
return system_call(310, os.getpid(), ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0) == 8
""",
    ),
    Attack(
        "hold memory that no limit counts",
        "exhaust the machine's memory",
        """
return os.memfd_create("x") > 0
""",
    ),
    Attack(
        "share memory with siblings",
        "exchange answers",
        """
return system_call(29, 0x1234, 4096, 0o1666) >= 0
""",
    ),
    Attack(
        "lock a file",
        "exchange answers through files that all can read",
        """
import fcntl
with open(np.__file__) as file:
    fcntl.flock(file, fcntl.LOCK_SH)
return True
""",
    ),
    Attack(
        "find descriptors of the parent",
        "speak with the grader's side",
        """
known = {"/dev/null", "pipe", "socket", "/proc", "anon_inode"}
links = []
for entry in os.listdir("/proc/self/fd"):
    try:
        links.append(os.readlink("/proc/self/fd/" + entry))
    except OSError:
        continue
strange = [link for link in links if not any(link.startswith(start) for start in known)]
sockets = [link for link in links if link.startswith("socket")]
if not strange and len(sockets) <= 1:
    raise OSError("only its own line")
return True
""",
    ),
    Attack(
        "hold rights",
        "undo the confinement",
        """
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
capabilities = {int(fields[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
if capabilities == {0} and int(fields["NoNewPrivs"]) == 1 and int(fields["Seccomp"]) == 2:
    raise PermissionError("none, and none to be gained")
return True
""",
    ),
    Attack(
        "raise its limits",
        "run for ever",
        """
for name in ("CPU", "AS", "DATA", "FSIZE", "NOFILE"):
    soft, hard = resource.getrlimit(getattr(resource, "RLIMIT_" + name))
    if hard == resource.RLIM_INFINITY:
        return True
    try:
        resource.setrlimit(getattr(resource, "RLIMIT_" + name), (hard, hard + 1))
    except (ValueError, OSError):
        continue
    return True
raise PermissionError("each is at its end")
""",
    ),
)

EXCESSES = {
    "memory": """
        blocks = [b"x" * (1 << 20) for _ in range(1500)]
    """,
    "CPU time": """
        while True:
            pass
    """,
    "wall time": """
        import time
        while True:
            time.sleep(1)
    """,
    "its time by ignoring the interrupt": """
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
    """,
    "a file's size": """
        with open("/work/large", "wb") as file:
            for _ in range(5):
                file.write(bytes(1 << 20))
    """,
    "the disk's size": """
        for number in range(9):
            with open(f"/work/{number}", "wb") as file:
                file.write(bytes(1 << 20))
    """,
    "the number of files": """
        for number in range(300):
            open(f"/work/{number}", "w").close()
    """,
    "the number of open files": """
        import os
        for _ in range(300):
            os.open("/dev/null", os.O_RDONLY)
    """,
    "the number of threads": """
        import threading, time
        for _ in range(2000):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    """,
}
"""Cells that go over one limit each of `confinement.TIGHT`, by what they exceed."""
