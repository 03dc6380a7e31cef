"""A worker killed (SIGKILL) at any moment of sending: nothing is lost, and nothing is told more than twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from accounts.models import User
from devnet.places import free_port
from notifications import services
from notifications.models import Delivery, Notification
from notifications.registry import CHANNELS
from tests.factories.crash import Reaper, run_process
from tests.factories.notifications import consume_all, happen, make_person
from tests.factories.telephones import make_browser, make_phone, pushing, texting

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = timedelta(minutes=1)
TAKEN = "taken, not written down"


@dataclass
class Way:
    """One channel, and the ids under which its other side has seen messages."""

    channel: str
    seen: Callable[[], list[str]]
    most: int  # times that one message may arrive


class _Mailbox:
    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.ids.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        return "250 OK"


def _mail(stack: ExitStack, settings: Any, person: User, now: datetime) -> Way:
    mailbox = _Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    stack.callback(controller.stop, no_assert=True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT = False, 5
    return Way("email", lambda: list(mailbox.ids), most=2)


def _push(stack: ExitStack, settings: Any, person: User, now: datetime) -> Way:
    service = stack.enter_context(pushing(settings, now=now))
    browser, _ = make_browser(service, person, now=now)
    return Way("push", lambda: [said["id"] for said, _ in browser.shown], most=2)


def _sms(stack: ExitStack, settings: Any, person: User, now: datetime) -> Way:
    sandboxes = stack.enter_context(texting(settings))
    settings.NOTIFICATION_SMS_PER_HOUR = settings.NOTIFICATION_SMS_PER_DAY = 1_000
    make_phone(person, now=now)
    # The code came before. A message that is there already is found and not sent again: never twice.
    return Way("sms", lambda: [each["body"] for each in sandboxes.orders("twilio")][1:], most=1)


WAYS = {"email": _mail, "push": _push, "sms": _sms}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, settings: Any, now: datetime) -> Iterator[tuple[Way, User]]:
    person = make_person(now=now)
    with ExitStack() as stack:
        yield WAYS[request.param](stack, settings, person, now), person


def _stand_behind(channel: str, reaper: Reaper) -> None:
    """Let this process be killed when the other side has taken a message and nothing of it is written down yet."""
    sender: Any = CHANNELS.get(channel)
    send = sender.send

    def reaped(*arguments: Any, **named: Any) -> Any:
        receipt = send(*arguments, **named)
        reaper.pass_by(TAKEN)
        return receipt

    sender.send = reaped


def test_whoever_dies_while_sending_loses_nothing(way: tuple[Way, User], now: datetime) -> None:
    channel, person = way
    consume_all(now=now)
    moments, repeated = [], 0
    for kill_at in range(1, 20):
        before = Counter(channel.seen())
        event = happen(person, now=now)
        consume_all(now=now)
        delivery = Notification.objects.get(event=event).deliveries.get(channel=channel.channel)

        def send(reaper: Reaper, delivery_id: str = delivery.pk) -> None:
            _stand_behind(channel.channel, reaper)
            services.deliver(delivery_id=delivery_id, now=now)

        outcome = run_process(send, kill_at=kill_at, networks=[])
        services.deliver(delivery_id=delivery.pk, now=now + LEASE)
        arrived = Counter(channel.seen()) - before
        assert len(arrived) == 1, f"killed at {outcome.moment}"
        assert 1 <= arrived.total() <= channel.most, f"killed at {outcome.moment}: {arrived}"
        repeated += arrived.total() - 1
        delivery.refresh_from_db()
        assert (delivery.status, delivery.next_try_at) == ("sent", None)
        if outcome.is_done:
            break
        moments.append(outcome.moment)
    assert TAKEN in moments
    assert repeated == (1 if channel.most == 2 else 0), "between sending and writing it down lies one moment"
    assert not Delivery.objects.filter(channel=channel.channel).exclude(status__in=["sent", "waiting"]).exists()
