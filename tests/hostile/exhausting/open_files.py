# expected: 0/10, shows "Too many open files"
# Descriptors until the table is full: pipes, files, pairs of sockets, event counters.
import os
import select
import socket

import numpy as np

kept = []
try:
    while True:
        kept += [os.pipe(), socket.socketpair(), open("/dev/null"), os.eventfd(0), select.epoll()]
except OSError as error:
    for item in kept[:5]:
        getattr(item, "close", int)()
    os.close(kept[0][0])
    message = str(error)
print(message)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
