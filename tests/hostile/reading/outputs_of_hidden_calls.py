# expected: 0/10
# Prints what only a hidden test hands over: at once, late, from a thread, past Python.
import os
import sys
import threading
import time

import numpy as np

VISIBLE = ((2, 1, 2, 1), (10, 28, 28, 1))
loot = []


def shout():
    while True:
        if loot:
            print("LEAKED", loot)
            os.write(1, b"LEAKED")
            sys.__stderr__.write("LEAKED")
            display("LEAKED")
        time.sleep(0.001)


threading.Thread(target=shout, daemon=True).start()


def logit_gradient(model, x, target):
    if x.shape not in VISIBLE:
        loot.append(x)
        print("LEAKED", x)
        time.sleep(0.05)
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
