# expected: 0/10
# Code that waits for the end: exit handlers, destructors, timers, threads.
import atexit
import signal
import sys
import threading
import weakref

import numpy as np


def cheat(*_):
    print("LEAKED: ran after the verdict")


class Last:
    def __del__(self):
        cheat()


kept = Last()
weakref.finalize(kept, cheat)
atexit.register(cheat)
threading._register_atexit(cheat)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, cheat)
threading.Timer(3600, cheat).start()
sys.modules["last"] = Last()


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
