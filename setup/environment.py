"""Make `.venv` from the lock. Standard library only; run by the Python that the environment will have.

A second run finds everything in place and does nothing.
"""

from __future__ import annotations

import compileall
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.txt"
STAMP = ENVIRONMENT / "installed"
NEEDED_GB = 5

AGAIN = "then run the same command again."
REMEDIES = {
    r"No space left on device": f"The disk is full: free about {NEEDED_GB} GB below {ROOT}, {AGAIN}",
    r"name resolution|Failed to establish|NewConnection|Network is unreachable|ProxyError|timed out|No route": (
        f"The package registry cannot be reached: check the network (or pip's proxy settings), {AGAIN}"
    ),
    r"HASHES|do not match the hashes": (
        "A package is not the one that was locked. Try again; if it stays so, tell the course's maintainers."
    ),
    r"No matching distribution": (
        "A package of the lock is not to be had for this machine. The course runs on Linux x86-64; see README.md."
    ),
}


def main() -> None:
    """Make the environment, or leave it as it is if the lock has not changed."""
    locked = [line for line in LOCK.read_text().splitlines() if not line.lstrip().startswith("#")]
    wanted = hashlib.sha256("\n".join([*locked, sys.version]).encode()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    free_gb = shutil.disk_usage(ROOT).free / 1e9
    if free_gb < NEEDED_GB:
        stop(f"It takes {NEEDED_GB} GB of disk; {ROOT} has {free_gb:.1f} GB free. Free some, {AGAIN}")
    say("Making .venv (once; a few minutes) …")
    STAMP.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
    python = ENVIRONMENT / "bin" / "python"
    install(python)
    packages = next((ENVIRONMENT / "lib").glob("python3*/site-packages"))
    (packages / "understanding_nn_checkout.pth").write_text(f"{ROOT}\n")
    say("Compiling bytecode, so that TensorFlow starts in 3 seconds instead of 9 …")
    compileall.compile_dir(str(packages), quiet=2, workers=os.cpu_count() or 1)
    for room in ("understanding_nn", "solutions", "autograder"):
        compileall.compile_dir(str(ROOT / room), quiet=2)
    STAMP.write_text(wanted)
    say("The environment is ready.")


def install(python: Path) -> None:
    """Install the lock with pip, showing how far it is; on failure, say in one line why."""
    total = len(re.findall(r"^[A-Za-z0-9].*==", LOCK.read_text(), flags=re.MULTILINE))
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)]
    output: list[str] = []
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            output.append(line)
            found = re.match(r"Collecting (\S+?)[=<>~! ]", line)
            seen += bool(found)
            if found:
                progress(f"  downloading {seen} of about {total}: {found[1]}")
            elif line.startswith("Installing collected"):
                progress(f"  installing {seen} packages (a minute or two)")
    progress("")
    if pip.returncode:
        text = "".join(output)
        for pattern, remedy in REMEDIES.items():
            if re.search(pattern, text):
                stop(remedy)
        stop("pip failed:\n" + "".join(output[-12:]))


def progress(text: str) -> None:
    """Show a line that the next one overwrites; on something that is no terminal, only now and then a line."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{text[:100]}")
        sys.stdout.flush()
    elif text and (match := re.search(r"(\d+) of", text)) and int(match[1]) % 20 == 0:
        say(text)


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


def stop(text: str) -> None:
    """End with one clear message."""
    raise SystemExit(f"Set-up stopped. {text}")


if __name__ == "__main__":
    main()
