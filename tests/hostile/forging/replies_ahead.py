# expected: 0/10
# Writes answers to the next requests before they are asked, each claiming that all is well.
import json
import struct
import sys

import numpy as np

frame = sys._getframe()
while frame.f_code.co_name != "serve":
    frame = frame.f_back
runner, number = frame.f_locals["self"], frame.f_locals["header"]["number"]


def send(header):
    text = json.dumps(header).encode()
    runner._line.sendall(struct.pack("<QQ", len(text), 0) + text)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
for ahead in range(200):
    send({"number": number + ahead, "status": "done", "error": None, "outputs": [], "values": ["bool", True]})
