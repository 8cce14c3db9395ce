"""Imports TensorFlow without what it prints: importing this module first is enough.

It reports on the machine's accelerators to descriptor 2 before any setting of its log level counts, and later warns of
what a misconception does out of ignorance. A command's standard error belongs to what the command has to say.
"""

from __future__ import annotations

import logging
import os

_stderr = os.dup(2)
_nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(_nowhere, 2)
try:
    import tensorflow
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)
    os.close(_nowhere)
tensorflow.get_logger().setLevel(logging.ERROR)
