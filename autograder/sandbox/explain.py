"""Says in words why this machine cannot confine a submission, and what to do about it."""

from __future__ import annotations

from pathlib import Path

_SWITCHES = (
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor forbids user namespaces to programs without a profile (Ubuntu 23.10 and later): "
        "run `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or grade as root",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "user namespaces are switched off: run `sudo sysctl -w kernel.unprivileged_userns_clone=1`",
    ),
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "no user namespaces are allowed: run `sudo sysctl -w user.max_user_namespaces=10000`",
    ),
)

_SYMPTOMS = (
    (
        ("unshare: No space left", "unshare: Too many"),
        "the limit on user namespaces is reached, or nesting them is forbidden: raise user.max_user_namespaces",
    ),
    (
        ("unshare: Operation not permitted", "No permissions to create new namespace", "Creating new namespace failed"),
        "this process may not create namespaces; in a container, allow it with "
        "`docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined`, or grade outside of it",
    ),
    (
        ("mount proc", "Can't mount proc"),
        "a fresh /proc may not be mounted, because the container covers parts of its own; run it with "
        "`docker run --security-opt systempaths=unconfined`, or grade outside of it",
    ),
    (
        ("setting up uid map", "uid_map", "Failed RTM_NEWADDR"),
        "a user namespace was made, but it has no rights: a security module (AppArmor, SELinux) takes them away",
    ),
    (
        ("prctl", "seccomp", "Bad system call"),
        "the kernel refuses seccomp filters, or the processor is no x86-64",
    ),
    (
        ("ModuleNotFoundError", "ImportError", "PermissionError", "Permission denied"),
        "the Python environment cannot be read inside: run `make course` again, and see that the project's files and "
        "its .venv may be read by every user when you grade as root",
    ),
    (
        ("cannot open shared object file",),
        "a system library is not where this program looks for it; "
        "use a Python that brings its own (`uv python install`)",
    ),
    (
        ("threads",),
        "something that the warm parent imports starts threads, and TensorFlow hangs after such a fork",
    ),
)


def explain(symptom: str) -> tuple[str, ...]:
    """Return what is likely wrong, likeliest first, and last what was seen.

    Args:
        symptom: what bubblewrap, the warm parent or a child said.

    Example:
        >>> "namespaces" in explain("unshare: Operation not permitted")[-2]
        True
    """
    said = symptom.strip().splitlines() or ["nothing"]
    switches = [advice for path, value, advice in _SWITCHES if _setting(path) == value]
    matches = [advice for signs, advice in _SYMPTOMS if any(sign in symptom for sign in signs)]
    return (*switches, *matches, f"what failed said: {said[-1][:500]}")


def _setting(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return None
