# expected: 0/10
# Crashes in every flavor that a process has.
import os
import signal


def logit_gradient(model, x, target):
    os.abort()


def sensitivity_analysis(model, x, target):
    signal.signal(signal.SIGSEGV, signal.SIG_IGN)
    os.kill(os.getpid(), signal.SIGSEGV)
    os.kill(os.getpid(), signal.SIGSTOP)
    return signal.raise_signal(signal.SIGILL)
