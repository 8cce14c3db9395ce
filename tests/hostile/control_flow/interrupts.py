# expected: 0/10
# Interrupts that look like those of the watchdog, or of a person at the terminal.
import os
import signal


def logit_gradient(model, x, target):
    raise KeyboardInterrupt


def sensitivity_analysis(model, x, target):
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(-1, signal.SIGINT)
    os.kill(1, signal.SIGTERM)
    os.killpg(0, signal.SIGUSR1)
    return x
