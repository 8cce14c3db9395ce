# expected: 0/10, shows "processes seen: 1"
# Command lines, environments and memory of other processes.
import os

import numpy as np

others = [entry for entry in os.listdir("/proc") if entry.isdigit()]
print("processes seen:", len(others))
threads = os.listdir("/proc/self/task")
for number in (number for number in (*range(100), os.getppid()) if str(number) not in threads):
    for name in ("cmdline", "environ", "mem", "root", "fd", "maps"):
        try:
            with open(f"/proc/{number}/{name}", "rb") as file:
                print("LEAKED", number, name, file.read(10))
        except OSError:
            continue


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
