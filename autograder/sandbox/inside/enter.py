"""Root's way in: mount /proc, become an ordinary user for good, then start the warm parent.

bubblewrap, started by root, can neither mount /proc in a user namespace nor become a user to whom the kernel's limit
on processes applies. So it keeps four capabilities for this step, which ends them.
"""

from __future__ import annotations

import os
import sys

from . import confine


def main() -> None:
    """Run `enter USER_ID PROGRAM ARGUMENT...`."""
    user = int(sys.argv[1])
    confine.mount_process_list()
    confine.drop_bounding_set()
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    confine.forbid_new_rights()
    # a fresh program, since one that changed its user may not write the maps of its user namespaces
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - there is no shell here, and this is the point


if __name__ == "__main__":
    main()
