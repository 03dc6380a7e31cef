"""
One address for the browser: /ws/ goes to the live process, everything else to the web process.

It reads the first request's head of a connection, opens a connection to the process it is meant
for, and from then on copies bytes both ways. A connection therefore stays with the process of its
first request: browsers open a new one for a WebSocket. For development only.
"""

import argparse
import asyncio
import contextlib
import signal
import sys

MAX_HEAD_BYTES = 16_384
HEAD_SECONDS = 10
CONNECT_SECONDS = 5
CHUNK_BYTES = 65_536
LIVE_PREFIX = b"/ws/"

Address = tuple[str, int]


class HeadRefused(Exception):
    """The first bytes are not the head of an HTTP request; the message is the status line to answer."""


async def serve(port: int, *, web: Address, live: Address) -> asyncio.Server:
    """Start listening on the loopback address."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _forward(reader, writer, web=web, live=live)
        except OSError:
            pass
        except asyncio.CancelledError:
            return  # we are being stopped: asyncio would write a traceback of every connection still open
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    return await asyncio.start_server(handle, "127.0.0.1", port, limit=MAX_HEAD_BYTES, backlog=512)


def target_path(head: bytes) -> bytes:
    """
    Return the path of a request head such as b"GET /ws/v1/feed HTTP/1.1...".

    :raises HeadRefused: if it is no HTTP/1 request
    """
    parts = head.split(b"\r\n", 1)[0].split(b" ")
    if len(parts) != 3 or not parts[0].isalpha() or not parts[2].startswith(b"HTTP/1."):
        raise HeadRefused("400 Bad Request")
    return parts[1]


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, web: Address, live: Address) -> None:
    try:
        head = await _read_head(reader)
        if not head:
            return
        address = live if target_path(head).startswith(LIVE_PREFIX) else web
        upstream_reader, upstream_writer = await _connect(address)
    except HeadRefused as refusal:
        await _refuse(writer, str(refusal))
        return
    try:
        upstream_writer.write(head)
        async with asyncio.TaskGroup() as both:  # one side failing ends the other too
            both.create_task(_copy(reader, upstream_writer))
            both.create_task(_copy(upstream_reader, writer))
    except* OSError:
        pass  # either side has gone; nothing is left to tell it
    finally:
        upstream_writer.close()


async def _read_head(reader: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(HEAD_SECONDS):
            return await reader.readuntil(b"\r\n\r\n")
    except TimeoutError:
        raise HeadRefused("408 Request Timeout") from None
    except asyncio.LimitOverrunError:
        raise HeadRefused("431 Request Header Fields Too Large") from None
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise HeadRefused("400 Bad Request") from None
        return b""


async def _connect(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await asyncio.open_connection(*address)
    except OSError:
        raise HeadRefused("502 Bad Gateway") from None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the sender has finished, then tell the receiver so; the other direction goes on."""
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        with contextlib.suppress(OSError):
            writer.write_eof()


async def _refuse(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


async def _main(port: int, web: int, live: int) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = await serve(port, web=("127.0.0.1", web), live=("127.0.0.1", live))
    print(f"listening on 127.0.0.1:{port}", flush=True)
    await stopping.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("port", "web", "live"):
        parser.add_argument(f"--{name}", type=int, required=True)
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.port, arguments.web, arguments.live))
    sys.exit(0)
