"""A caller's end of the live feed that costs next to nothing: the machine is to be spent on the product."""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Feed(asyncio.Protocol):
    """
    Reads a WebSocket (RFC 6455) as the product's live process writes it: whole messages, unmasked, not compressed.

    `take` is called with each message. Pings are answered; a connection that is lost says so in `lost`.
    """

    def __init__(self, host: str, headers: dict[str, str], take: Callable[[bytes], None]) -> None:
        self.is_open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False
        self._take = take
        self._came = bytearray()
        lines = {"Host": host, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        lines |= {"Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), **headers}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport
        transport.write(f"GET /ws/v1/feed HTTP/1.1\r\n{self._head}\r\n".encode())

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if not self.is_open.done():
            self.is_open.set_exception(error or ConnectionError("hung up before it was open"))

    def data_received(self, data: bytes) -> None:
        self._came += data
        if not self.is_open.done() and not self._has_opened():
            return
        while (size := self._frame_size()) is not None:
            header, end = size
            kind, body = self._came[0] & 15, bytes(self._came[header:end])
            del self._came[:end]
            if kind == _TEXT:
                self._take(body)
            elif kind == _PING:
                self._transport.write(_masked(_PONG, body))
            elif kind == _CLOSE:
                self._transport.close()

    def close(self) -> None:
        self._transport.close()

    def _has_opened(self) -> bool:
        head, end, rest = bytes(self._came).partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 101 "):
            self.is_open.set_exception(ConnectionError(head.decode(errors="replace")))
            return False
        self._came = bytearray(rest)
        self.is_open.set_result(None)
        return True

    def _frame_size(self) -> tuple[int, int] | None:
        """Return where the next frame's body begins and ends, or None if it is not all there."""
        came = self._came
        if len(came) < 2:
            return None
        assert came[0] & 128, "the product sends whole messages"
        length, header = came[1] & 127, 2
        if length > 125:
            header = 4 if length == 126 else 10
            if len(came) < header:
                return None
            length = int.from_bytes(came[2:header])
        return (header, header + length) if len(came) >= header + length else None


def _masked(kind: int, body: bytes) -> bytes:
    key = os.urandom(4)
    return bytes([128 | kind, 128 | len(body)]) + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(body))
