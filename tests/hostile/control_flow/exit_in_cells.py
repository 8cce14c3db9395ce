# expected: 0/10
# Every cell ends the process in another way before anything can be graded.
import os
import signal

os._exit(0)

# %%
os.kill(os.getpid(), signal.SIGKILL)

# %%
exit()

# %%
raise SystemExit(0)
