"""A NATS server of the tests' own, which can be killed without mercy and comes back with what it had."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from devnet.places import free_port, is_listening

WAIT_SECONDS = 10


class NatsServer:
    """One server with JetStream, on this machine only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or "nats-server"
        command = [program, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + WAIT_SECONDS
        while not is_listening(self.port):
            assert time.monotonic() < deadline, "nats-server did not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """As a power cut would, but for what the system still writes to the disk."""
        self.process.kill()
        self.process.wait()
