# expected: 0/10
# Keeps copies of every descriptor open, begins an answer, and says no more.
import os
import sys
import threading
import time

kept = []
for descriptor in range(64):
    try:
        kept.append(os.dup(descriptor))
    except OSError:
        continue
threading.Thread(target=time.sleep, args=(1e6,)).start()


def logit_gradient(model, x, target):
    frame = sys._getframe()
    while frame.f_code.co_name != "serve":
        frame = frame.f_back
    frame.f_locals["self"]._line.sendall(b"\x10")
    time.sleep(1e6)


sensitivity_analysis = logit_gradient
