# expected: collected ada
# A folder of hand-ins in which files and folders are links, pipes and folders.
import os

EXERCISE = "sensitivity_analysis.ipynb"


def pack(folder):
    (folder / "secret").mkdir()
    (folder / "secret" / EXERCISE).write_text("LEAKED")
    hand_ins = folder / "hand-ins"
    for learner in ("ada", "bob", "cat"):
        (hand_ins / learner).mkdir(parents=True)
    (hand_ins / "ada" / EXERCISE).write_text("{}")
    (hand_ins / "bob" / EXERCISE).symlink_to(folder / "secret" / EXERCISE)
    os.mkfifo(hand_ins / "cat" / EXERCISE)
    (hand_ins / "dan").symlink_to(folder / "secret")
    (hand_ins / "eve" / EXERCISE).mkdir(parents=True)
    return hand_ins
