"""The WebSocket, spoken to as a client does: who may listen, what is replayed, what a slow reader costs."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from accounts import services as account_services
from accounts.models import Session, User
from events import services
from events.services import Live
from events.tasks import relay
from tests.factories.accounts import make_session, make_user
from tests.factories.socket import SlowSocket, Socket
from wallet_project.routing import websocket

pytestmark = [pytest.mark.anyio, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@sync_to_async
def _listener() -> tuple[User, Session, str]:
    user = make_user()
    session = make_session(user)
    return user, session, account_services.issue_tokens(session=session, now=timezone.now()).access


@sync_to_async
def _say(user: User, *numbers: int) -> None:
    for number in numbers:
        with transaction.atomic():
            services.record(
                type="x.said",
                subject=user,
                actor="system",
                user_id=user.pk,
                now=timezone.now(),
                live=Live("notification", {"number": number}),
            )
    relay()


def _socket(token: str = "", query: str = "", headers: tuple[tuple[bytes, bytes], ...] = ()) -> Socket:
    bearer = ((b"authorization", f"Bearer {token}".encode()),) if token else ()
    return Socket(websocket, f"/ws/v1/feed{query}", [*bearer, *headers])


async def _next(socket: Socket) -> tuple[int, int]:
    message: dict[str, Any] = await socket.receive()
    assert datetime.fromisoformat(message["at"]).tzinfo is not None
    return message["sequence"], message["data"]["number"]


async def test_what_happens_arrives_in_sequence() -> None:
    user, _, token = await _listener()
    socket = _socket(token)
    assert await socket.connect()
    await _say(user, 10, 11)
    assert [await _next(socket), await _next(socket)] == [(1, 10), (2, 11)]
    await socket.close()


async def test_a_client_that_reconnects_misses_nothing() -> None:
    user, _, token = await _listener()
    await _say(user, 10, 11, 12)
    by_query = _socket(token, "?resume_after=1")
    assert await by_query.connect()
    assert [await _next(by_query), await _next(by_query)] == [(2, 11), (3, 12)]
    await by_query.close()
    by_message = _socket(token)
    assert await by_message.connect()
    await by_message.send('{"resume_after": 0}')
    assert [await _next(by_message) for _ in range(3)] == [(1, 10), (2, 11), (3, 12)]
    await by_message.close()


async def test_nonsense_is_ignored() -> None:
    user, _, token = await _listener()
    socket = _socket(token, "?resume_after=minus")
    assert await socket.connect()
    numbers = ("-1", '"1"', "true", "NaN", "Infinity", "1e3", "9" * 5_000, "1" + "0" * 400)
    for text in ("[", '"x"', "[" * 100_000, *(f'{{"resume_after": {number}}}' for number in numbers)):
        await socket.send(text)
    await _say(user, 1)
    assert await _next(socket) == (1, 1)
    await socket.close()


@pytest.mark.parametrize("token", ["", "not-a-token"])
async def test_a_stranger_is_turned_away(token: str) -> None:
    socket = _socket(token)
    await socket.connect()
    assert await socket.closing_code() == 4401


async def test_a_ticket_opens_one_connection() -> None:
    user, session, _ = await _listener()
    ticket = await sync_to_async(account_services.issue_ticket)(session=session, now=timezone.now())
    first = _socket(query=f"?ticket={ticket}")
    assert await first.connect()
    await _say(user, 5)
    assert await _next(first) == (1, 5)
    await first.close()
    again = _socket(query=f"?ticket={ticket}")
    await again.connect()
    assert await again.closing_code() == 4401


async def test_another_site_cannot_listen_with_a_browsers_cookie() -> None:
    _, _, token = await _listener()
    socket = _socket(token, headers=((b"origin", b"https://evil.example"),))
    assert await socket.connect() is False


async def test_a_revoked_session_is_cut_off() -> None:
    user, session, token = await _listener()
    socket = _socket(token)
    assert await socket.connect()
    await sync_to_async(account_services.revoke_session)(
        user=user, session_id=session.pk, actor=user.pk, reason="test", now=timezone.now()
    )
    await _say(user, 1)
    assert await socket.closing_code() == 4401


async def test_one_person_never_hears_another() -> None:
    _, _, token = await _listener()
    other, _, _ = await _listener()
    socket = _socket(token)
    assert await socket.connect()
    await _say(other, 1)
    assert await socket.hears_nothing()
    await socket.close()


async def test_a_slow_reader_keeps_nobody_waiting_and_nothing_in_memory() -> None:
    slow_user, _, slow_token = await _listener()
    user, _, token = await _listener()
    slow = SlowSocket(websocket, "/ws/v1/feed", [(b"authorization", f"Bearer {slow_token}".encode())])
    quick = _socket(token)
    assert await quick.connect()
    numbers = range(1, 251)
    await _say(slow_user, 0)
    await _until(lambda: slow.begun == 1)
    await _say(slow_user, *numbers)
    await _say(user, *numbers)
    assert [await _next(quick) for _ in numbers] == [(number, number) for number in numbers]
    assert (slow.begun, slow.seen) == (1, [])  # one message is on its way, and the next is not even begun
    slow.reads.set()
    await _until(lambda: len(slow.seen) == 251)
    assert [(each["sequence"], each["data"]["number"]) for each in slow.seen] == [
        (number + 1, number) for number in range(251)
    ]
    await slow.close()
    await quick.close()


async def test_many_connections_of_one_person_all_hear_everything_once() -> None:
    user, _, token = await _listener()
    sockets = [_socket(token) for _ in range(5)]
    for socket in sockets:
        assert await socket.connect()
    await _say(user, *range(120))
    for socket in sockets:
        assert [await _next(socket) for _ in range(120)] == [(number + 1, number) for number in range(120)]
        assert await socket.hears_nothing()
        await socket.close()


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)
