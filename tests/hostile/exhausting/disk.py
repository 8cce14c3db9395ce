# expected: 0/10, shows "No space left on device"
# Files until nothing is left, in every place that can be written to.
import numpy as np

written = 0
for place in ("/work", "/dev/shm"):
    for number in range(20):
        try:
            with open(f"{place}/{number}", "wb") as file:
                written += file.write(bytes(3 << 20))
        except OSError as error:
            print(place, error)
            break
if written > 40 << 20:
    print("LEAKED: no limit met")


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
