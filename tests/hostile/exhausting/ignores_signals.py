# expected: 0/10
# Computes for ever and hears no signal.
import signal

for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, lambda *_: None)
    except (OSError, ValueError):
        continue


def logit_gradient(model, x, target):
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


sensitivity_analysis = logit_gradient
