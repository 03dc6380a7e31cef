"""A WebSocket client that speaks ASGI to the application, without a server in between."""

import asyncio
import contextlib
import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket:
    """One connection; every wait has a limit."""

    def __init__(self, application: Any, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        self.wire = ApplicationCommunicator(application, _scope(path, headers))

    async def connect(self) -> bool:
        """Return whether the server accepted."""
        await self.wire.send_input({"type": "websocket.connect"})
        return bool((await self.wire.receive_output(10))["type"] == "websocket.accept")

    async def send(self, text: str) -> None:
        await self.wire.send_input({"type": "websocket.receive", "text": text})

    async def receive(self) -> Any:
        """Return the next message as JSON; a close is an error that names its code."""
        output = await self.wire.receive_output(5)
        assert output["type"] == "websocket.send", output
        return json.loads(output["text"])

    async def closing_code(self) -> int:
        output = await self.wire.receive_output(5)
        assert output["type"] == "websocket.close", output
        return int(output["code"])

    async def hears_nothing(self) -> bool:
        return bool(await self.wire.receive_nothing(timeout=0.5))

    async def close(self) -> None:
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wire.wait(5)


class SlowSocket:
    """A client who does not read: whatever is sent to it waits, as it does at a socket that is full."""

    def __init__(self, application: Any, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        self.begun = 0  # messages that the application began to send
        self.seen: list[Any] = []
        self.reads = asyncio.Event()
        self._opening = [{"type": "websocket.connect"}]
        self._task = asyncio.ensure_future(application(_scope(path, headers), self._receive, self._send))

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _receive(self) -> Any:
        if self._opening:
            return self._opening.pop()
        await asyncio.Event().wait()

    async def _send(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            self.begun += 1
            await self.reads.wait()
            self.seen.append(json.loads(message["text"]))


def _scope(path: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    path, _, query = path.partition("?")
    return {
        "type": "websocket",
        "path": path,
        "query_string": query.encode(),
        "headers": headers,
        "subprotocols": [],
    }
