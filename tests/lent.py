"""
Gives each of several pytest processes services and networks of its own; loaded before anything reads the settings
(PYTEST_PLUGINS=tests.lent).

The first process works on what its environment names. Every other borrows a set, which is stopped when it ends.
"""

import json
import os
import signal
import subprocess
import sys

from devnet.services import DATABASES
from devnet.supervisor import LEASH

LENT = {*DATABASES, "REDIS_URL"}
"""What is started only where the environment does not name it already."""

_SAY = "import json, os, time; print(json.dumps(dict(os.environ)), flush=True); time.sleep(7200)"


def borrow() -> "subprocess.Popen[str]":
    """Start a set of services and networks and name it in this process's environment; it ends with this process."""
    environment = {name: value for name, value in os.environ.items() if name not in LENT}
    leash = [sys.executable, "-I", "-S", str(LEASH), str(int(signal.SIGTERM)), "-1", "-1"]
    command = [*leash, sys.executable, "-m", "devnet.run", "services", "--", sys.executable, "-c", _SAY]
    lender = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert lender.stdout is not None
    said = lender.stdout.readline()
    if not said:
        raise SystemExit("No services could be borrowed for another pytest process.")
    os.environ.update(json.loads(said))
    return lender


if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0" and "ETHEREUM_RPC_URLS" in os.environ:
    LENDER = borrow()
