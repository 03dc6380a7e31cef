"""
Start a program that dies with its parent: python leash.py SIGNAL UID GID program arguments...

Linux sends SIGNAL when the supervisor goes, even by kill -9, so nothing is left running. UID -1
keeps the user. Kept free of imports from this project: it runs before every process.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    signal_number, uid, gid = (int(text) for text in sys.argv[1:4])
    parent = os.getppid()
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":  # after setuid, which clears it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            sys.exit(1)
    os.execvp(sys.argv[4], sys.argv[4:])  # noqa: S606 - this is a launcher


if __name__ == "__main__":
    main()
