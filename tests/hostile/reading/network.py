# expected: 0/10, shows "refused: 5"
# Sends hidden inputs away, or fetches an answer.
import asyncio
import socket
import urllib.request

import numpy as np

refused = 0
for way in (
    lambda: socket.create_connection(("127.0.0.1", 8888), timeout=1),
    lambda: urllib.request.urlopen("http://example.org/", timeout=1),
    lambda: socket.getaddrinfo("example.org", 80),
    lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect("\0grader"),
    lambda: asyncio.run(asyncio.open_connection("::1", 80)),
):
    try:
        print("LEAKED", way())
    except OSError:
        refused += 1
print("refused:", refused)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
