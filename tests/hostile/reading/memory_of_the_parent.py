# expected: 0/10, shows "bytes of memory were read"
# Reads all memory that came with the fork: the warm parent's is a part of it.
import re

import numpy as np

# patterns that do not match themselves
wanted = re.compile(rb"canary[-]of[-]the|canary[-]of[-]another|def tes[t]_|@misconceptio[n]|BEGIN SOLUTIO[N]")
total, found = 0, []
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        span, rights, _, _, inode, *_ = line.split()
        start, end = (int(part, 16) for part in span.split("-"))
        if not rights.startswith("rw") or inode != "0":
            continue
        memory.seek(start)
        while start < end:
            try:
                block = memory.read(min(1 << 22, end - start))
            except OSError:
                break
            start += len(block)
            total += len(block)
            found += [hit for hit in wanted.findall(block) if hit.startswith(b"canary") or b"misc" in hit]
print(total, "bytes of memory were read", "LEAKED" * bool(found), found)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
