"""The front sends /ws/ to the live process and all else to the web process, byte for byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from devnet import front
from devnet.front import HeadRefused, serve, target_path
from devnet.places import free_port

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def naming(name: bytes) -> Handler:
    """Answer any request with a body that names this process and what it got."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = await reader.readuntil(b"\r\n\r\n")
        body = name + b" " + got
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    return handle


async def echoing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what comes, and a last word when the other side has finished."""
    while chunk := await reader.read(65_536):
        writer.write(chunk)
        await writer.drain()
    writer.write(b"LAST")
    await writer.drain()
    writer.close()


@asynccontextmanager
async def fronted(web: Handler, live: Handler) -> AsyncIterator[int]:
    web_server = await asyncio.start_server(web, "127.0.0.1", 0)
    live_server = await asyncio.start_server(live, "127.0.0.1", 0)
    server = await serve(0, web=web_server.sockets[0].getsockname(), live=live_server.sockets[0].getsockname())
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for each in (server, web_server, live_server):
            each.close()


async def ask(port: int, request: bytes, *, finish: bool = False) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    if finish:
        writer.write_eof()
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def test_the_path_decides_who_answers() -> None:
    async def story() -> None:
        async with fronted(naming(b"web"), naming(b"live")) as port:
            page = b"GET /wallets/?next=/ws/ HTTP/1.1\r\nHost: x\r\n\r\n"
            feed = b"GET /ws/v1/feed?ticket=abc HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
            assert (await ask(port, page)).endswith(b"web " + page)
            assert (await ask(port, feed)).endswith(b"live " + feed)

    asyncio.run(story())


def test_bytes_pass_both_ways_unchanged_and_a_half_close_is_passed_on() -> None:
    async def story() -> None:
        async with fronted(echoing, naming(b"live")) as port:
            head = b"POST /upload HTTP/1.1\r\n\r\n"
            body = bytes(range(256)) * 4_000
            assert await ask(port, head + body, finish=True) == head + body + b"LAST"

    asyncio.run(story())


def test_a_head_that_is_none_too_long_or_too_slow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "HEAD_SECONDS", 0.2)

    async def story() -> None:
        async with fronted(naming(b"web"), naming(b"live")) as port:
            assert (await ask(port, b"\x16\x03\x01 hello\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
            long = b"GET / HTTP/1.1\r\nCookie: " + b"x" * front.MAX_HEAD_BYTES + b"\r\n\r\n"
            assert (await ask(port, long)).startswith(b"HTTP/1.1 431 ")
            assert (await ask(port, b"GET / HTTP/1.1\r\n")).startswith(b"HTTP/1.1 408 ")
            assert (await ask(port, b"GET / HT", finish=True)).startswith(b"HTTP/1.1 400 ")

    asyncio.run(story())


def test_a_process_that_is_not_there_is_a_bad_gateway() -> None:
    async def story() -> None:
        server = await serve(0, web=("127.0.0.1", free_port()), live=("127.0.0.1", free_port()))
        port = server.sockets[0].getsockname()[1]
        assert (await ask(port, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 502 ")
        server.close()

    asyncio.run(story())


@pytest.mark.parametrize("head", [b"", b"GET /\r\n", b"GET / HTTP/2\r\n", b"G-T / HTTP/1.1\r\n"])
def test_only_http_1_heads_have_a_path(head: bytes) -> None:
    with pytest.raises(HeadRefused):
        target_path(head)
