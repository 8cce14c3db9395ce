"""The list of system calls that a submission may not make, and the BPF program that refuses them.

The program ships as bytes (`inside/filter.bpf`), so that neither libseccomp nor pyseccomp is needed to grade. After a
change here, `python -m autograder.sandbox.seccomp` writes it anew; a test compares the two.
"""

from __future__ import annotations

import errno
import os
import struct
import tempfile
from pathlib import Path

FILTER = Path(__file__).parent / "inside" / "filter.bpf"

REFUSED = (
    # another program or another process: the child is one process, so its limits are totals
    *("execve", "execveat", "fork", "vfork"),
    # other namespaces, mounts and roots
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "mount_setattr", "move_mount", "open_tree"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "sethostname", "setdomainname", "landlock_create_ruleset"),
    # another process' memory, descriptors and scheduling
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise", "process_mrelease"),
    *("migrate_pages", "move_pages", "mbind", "set_mempolicy"),
    # memory that no limit counts
    *("memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "shmdt", "vmsplice"),
    # channels between siblings that no namespace of ours separates, or that only serve to attack the kernel
    *("keyctl", "add_key", "request_key", "semget", "semop", "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv"),
    *("msgctl", "mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open", "userfaultfd", "seccomp"),
    *("open_by_handle_at", "name_to_handle_at", "fanotify_init", "personality", "modify_ldt", "iopl", "ioperm"),
    # a sibling that opens a file which all can read would be heard
    *("inotify_init", "inotify_init1", "inotify_add_watch"),
    # the machine
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "swapon", "swapoff"),
    *("acct", "syslog", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "quotactl", "quotactl_fd"),
    *("lookup_dcookie", "ustat", "sysfs", "vhangup"),
)

_CLONE_THREAD = 0x10000
_CLONE_NAMESPACES = (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
_AF_UNIX = 1
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_PR_SET_SECCOMP = 22
# F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE, F_NOTIFY: siblings could signal through files that all read;
# F_SETPIPE_SZ: memory that no limit counts
_FCNTL = (6, 7, 37, 38, 1024, 1026, 1031)
_FIRST_UNKNOWN_CALL = 463  # what Linux numbered after the calls that this list was checked against

_INSTRUCTION = struct.Struct("<HBBI")
_LOAD_WORD, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x35, 0x06
_RETURN_ERRNO = 0x00050000


def build_filter() -> bytes:
    """Return the BPF program: everything is allowed but what this module refuses.

    Raises:
        ImportError: pyseccomp, a requirement of developers only, or libseccomp is missing.
    """
    import pyseccomp

    refuse = pyseccomp.ERRNO(errno.EPERM)
    program = pyseccomp.SyscallFilter(defaction=pyseccomp.ALLOW)
    for name in REFUSED:
        program.add_rule(refuse, name)
    # a new thread is allowed, a new process is not
    program.add_rule(refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0))
    for flag in _CLONE_NAMESPACES:
        program.add_rule(refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag))
    program.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags lie in memory; glibc falls back to clone
    # no socket but pairs, which asyncio needs. EOPNOTSUPP, since libraries abort at errors they think impossible
    program.add_rule(pyseccomp.ERRNO(errno.EOPNOTSUPP), "socket")
    program.add_rule(pyseccomp.ERRNO(errno.EOPNOTSUPP), "socketpair", pyseccomp.Arg(0, pyseccomp.NE, _AF_UNIX))
    for request in (_TIOCSTI, _TIOCLINUX):
        program.add_rule(refuse, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, request))
    program.add_rule(refuse, "prctl", pyseccomp.Arg(0, pyseccomp.EQ, _PR_SET_SECCOMP))
    for command in _FCNTL:
        program.add_rule(refuse, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    program.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "flock")  # HDF5 goes on without it at ENOSYS, but not at EPERM
    with tempfile.TemporaryFile() as file:
        program.export_bpf(file)
        file.seek(0)
        return _refuse_unknown_calls() + file.read()


def _refuse_unknown_calls() -> bytes:
    """Return instructions that answer ENOSYS to each call that is newer than the list."""
    return b"".join(
        _INSTRUCTION.pack(*fields)
        for fields in (
            (_LOAD_WORD, 0, 0, 0),
            (_JUMP_IF_AT_LEAST, 0, 1, _FIRST_UNKNOWN_CALL),
            (_RETURN, 0, 0, _RETURN_ERRNO | errno.ENOSYS),
        )
    )


def main() -> None:
    """Write `inside/filter.bpf`."""
    with tempfile.NamedTemporaryFile(dir=FILTER.parent, delete=False) as file:
        file.write(build_filter())
    os.chmod(file.name, 0o644)  # noqa: PTH101 - readable for the unprivileged user inside
    Path(file.name).replace(FILTER)


if __name__ == "__main__":
    main()
