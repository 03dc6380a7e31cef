"""A WebSocket client that speaks ASGI to the application, without a server in between."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket:
    """One connection; every wait has a limit."""

    def __init__(self, application: Any, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        path, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
            "subprotocols": [],
        }
        self.wire = ApplicationCommunicator(application, scope)

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
