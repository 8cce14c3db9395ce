# expected: 0/10
# Sends open descriptors along the line, and shuts it half.
import os
import socket
import sys

import numpy as np

frame = sys._getframe()
while frame.f_code.co_name != "serve":
    frame = frame.f_back
line = frame.f_locals["self"]._line


def logit_gradient(model, x, target):
    if x.size == 4:
        return np.zeros_like(x)
    socket.send_fds(line, [b"\0" * 16], [os.open("/dev/null", os.O_RDONLY)] * 50)
    return np.zeros_like(x)


def sensitivity_analysis(model, x, target):
    line.shutdown(socket.SHUT_RD)
    return np.zeros_like(x)
