"""
Thousands of WebSocket clients in one process, as small as they can be: they shake hands as browsers do and then listen.

They answer pings, count messages and notice when the server hangs up. Each line on stdin is a question, answered by a
line of JSON: "open" (how many are open), "heard N" (waits until N messages came in all; when the last one came).
"""

import argparse
import asyncio
import base64
import json
import os
import resource
import sys
import time
from pathlib import Path

TOGETHER = 50
WAIT_SECONDS = 120.0
TEXT, CLOSE, PING = 1, 8, 9
HEAD = """GET {path} HTTP/1.1\r
Host: localhost\r
Upgrade: websocket\r
Connection: Upgrade\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: {key}\r
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r
{token}\r
"""


class Clients:
    """All of them, and what they saw."""

    def __init__(self, port: int, path: str) -> None:
        self.port, self.path = port, path
        self.open = self.heard = self.refused = 0
        self.last_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self, tokens: list[str]) -> float:
        """Connect one client for each token, some at a time; return how many seconds that took."""
        began = time.monotonic()
        gate = asyncio.Semaphore(TOGETHER)
        await asyncio.gather(*(self._connect(gate, token) for token in tokens))
        return time.monotonic() - began

    async def _connect(self, gate: asyncio.Semaphore, token: str) -> None:
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=4_096)
            bearer = f"Authorization: Bearer {token}\r\n" if token else ""
            key = base64.b64encode(os.urandom(16)).decode()
            writer.write(HEAD.format(path=self.path, key=key, token=bearer).encode())
            answer = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in answer.split(b"\r\n", 1)[0]:
            self.refused += 1
            return
        self.open += 1
        task = asyncio.create_task(self._listen(reader, writer))
        self._tasks.add(task)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readexactly(2)
                size = head[1] & 0x7F
                if size == 126:
                    size = int.from_bytes(await reader.readexactly(2))
                body = await reader.readexactly(size)
                kind = head[0] & 0x0F
                if kind == TEXT:
                    self.heard += 1
                    self.last_at = time.time()
                elif kind == PING:
                    writer.write(bytes([0x8A, 0x80 | size]) + bytes(4) + body)  # a pong, masked with zeros
                elif kind == CLOSE:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self.open -= 1
            writer.close()

    async def wait_for(self, count: int) -> float:
        """Wait until so many messages were heard; return when the last one was."""
        deadline = time.monotonic() + WAIT_SECONDS
        while self.heard < count and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        return self.last_at


async def _main(options: argparse.Namespace) -> None:
    clients = Clients(options.port, options.path)
    tokens = options.tokens.read_text().split("\n")[: options.count] if options.tokens else [""] * options.count
    seconds = await clients.connect(tokens)
    _say({"open": clients.open, "refused": clients.refused, "seconds": seconds})
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while question := (await lines.readline()).decode().split():
        if question[0] == "heard":
            at = await clients.wait_for(int(question[1]))
            _say({"heard": clients.heard, "at": at, "open": clients.open})
        else:
            _say({"open": clients.open, "heard": clients.heard})


def _say(answer: dict[str, float]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("port", type=int)
    arguments.add_argument("count", type=int)
    arguments.add_argument("--path", default="/ws/v1/feed")
    arguments.add_argument("--tokens", type=Path)
    options = arguments.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_main(options))


if __name__ == "__main__":
    main()
