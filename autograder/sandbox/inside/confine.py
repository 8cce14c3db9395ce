"""Puts a fresh child into namespaces of its own, with private file systems, finite limits, no rights and a filter.

The order matters, and each step needs no privilege beforehand: a user namespace gives the rights that the next steps
use, and the last ones throw them away for good.
"""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path
from typing import Any

_NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x20000 | 0x8000000 | 0x40000000 | 0x4000000 | 0x2000000
"""CLONE_NEWUSER, NEWPID, NEWNS, NEWIPC, NEWNET, NEWUTS, NEWCGROUP."""
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REC, _PRIVATE = 1, 2, 4, 8, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 22, 24, 38
_SIGKILL = 9
_SYS_CLOSE_RANGE = 436
_CAPABILITY_VERSION_3 = 0x20080522
_UID_INSIDE = 1000

_libc = ctypes.CDLL(None, use_errno=True)


class ConfineError(Exception):
    """A step of the confinement failed.

    Args:
        step: which one, such as `unshare`.
        number: its errno.
    """

    def __init__(self, step: str, number: int) -> None:
        super().__init__(f"{step}: {os.strerror(number)}")
        self.step = step
        self.number = number


def _check(result: int, step: str) -> None:
    if result != 0:
        raise ConfineError(step, ctypes.get_errno())


def close_all_but(*kept: int) -> None:
    """Close every descriptor but these; 0, 1 and 2 lead to nowhere afterwards."""
    lowest = 0
    for descriptor in sorted(kept):
        os.closerange(lowest, descriptor)
        lowest = descriptor + 1
    _check(_libc.syscall(_SYS_CLOSE_RANGE, lowest, 0xFFFFFFFF, 0), "close_range")
    nowhere = os.open(os.devnull, os.O_RDWR)  # 0, as the lowest that is free
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "prctl PDEATHSIG")


def enter_namespaces() -> None:
    """Leave the parent's namespaces. Processes that this one forks afterwards have a process list of their own."""
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(_NEW_NAMESPACES), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{_UID_INSIDE} {user} 1")
    _write("/proc/self/gid_map", f"{_UID_INSIDE} {group} 1")


def _write(path: str, text: str) -> None:
    # os.write, because a buffered file reports the kernel's refusal only when nobody listens any more
    try:
        descriptor = os.open(path, os.O_WRONLY)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise ConfineError(path, error.errno or 0) from None


def mount_private(disk_bytes: int, inodes: int) -> None:
    """Cover what siblings share with empty file systems of this child's own, of finite size."""
    _mount(None, "/", None, _REC | _PRIVATE)
    size = f"size={disk_bytes},nr_inodes={inodes}"
    _mount("tmpfs", "/dev/pts", "tmpfs", _NOSUID | _NODEV | _NOEXEC | _RDONLY, "size=4k,nr_inodes=2")
    _mount("tmpfs", "/work", "tmpfs", _NOSUID | _NODEV, f"{size},mode=0700,uid={_UID_INSIDE},gid={_UID_INSIDE}")
    _mount("tmpfs", "/dev/shm", "tmpfs", _NOSUID | _NODEV, f"{size},mode=1777")  # noqa: S108 - a mount point
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC, "subset=pid,hidepid=2")
    os.chdir("/work")


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    texts = [text and text.encode() for text in (source, target, kind)]
    _check(_libc.mount(*texts, flags, data and data.encode()), f"mount {kind or 'private'} on {target}")


def mount_process_list() -> None:
    """Mount /proc for the process list that this process is in."""
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)


def limit_resources(limits: dict[str, Any]) -> None:
    """Set the kernel's limits, soft and hard alike, so that nothing inside can raise them.

    Args:
        limits: amounts by the kernel's names, such as `{"FSIZE": 1000}`.
    """
    for name, amount in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        lowest = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(kind, (lowest, lowest))
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")  # if memory runs out, let it be this one


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapabilityData(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def drop_bounding_set() -> None:
    """Take from this process and all that it starts every right that it could still gain."""
    capability = 0
    while _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1


def drop_rights() -> None:
    """Give up every capability, and the means to gain one by starting a program."""
    drop_bounding_set()
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(ctypes.byref(header), (_CapabilityData * 2)()), "capset")
    forbid_new_rights()


def forbid_new_rights() -> None:
    """Set `no_new_privs`: no program that is started can have more rights than this process."""
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl NO_NEW_PRIVS")


class _FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def load_filter(program: bytes) -> None:
    """Have the kernel refuse the system calls that `program`, in BPF, refuses. There is no way back."""
    buffer = ctypes.create_string_buffer(program, len(program))
    loaded = _FilterProgram(len(program) // 8, ctypes.addressof(buffer))
    _check(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(loaded), 0, 0), "seccomp")
