"""Telephones and browsers of people, at the sandboxes of the companies that reach them."""

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from accounts.models import Session, User
from devnet.vendors.push_service import Browser, PushService
from devnet.vendors.server import Server
from devnet.vendors.world import World
from notifications import services
from notifications.models import Phone, PushSubscription
from tests.factories import vendors
from tests.factories.accounts import make_session
from tests.factories.vendors import Sandboxes

NUMBER = "+4915112345678"


@contextlib.contextmanager
def texting(settings: Any) -> Iterator[Sandboxes]:
    """Lend the product a company that sends text messages."""
    with vendors.own() as (sandboxes, accesses):
        settings.PROVIDERS = {**settings.PROVIDERS, "twilio": accesses["twilio"]}
        yield sandboxes


def make_phone(person: User, *, now: datetime, number: str = NUMBER) -> Phone:
    """Return the person's proved number; its code has been sent through the company that is lent."""
    asked = services.ask_code(user_id=person.pk, number=number, now=now)
    services.send_code(phone_id=asked.pk, now=now)
    return services.confirm(user_id=person.pk, code=services.code_of(asked), now=now)


@contextlib.contextmanager
def push_keys(settings: Any) -> Iterator[str]:
    """Give this process the keys of push messages; yield the public one."""
    with tempfile.TemporaryDirectory() as folder:
        private, public = Path(folder, "vapid.pem"), Path(folder, "vapid.pub")
        key = services.create_push_key(private=private, public=public)
        settings.VAPID_KEY_FILE, settings.VAPID_PUBLIC_KEY_FILE = str(private), str(public)
        yield key


@contextlib.contextmanager
def pushing(settings: Any, *, now: datetime) -> Iterator[PushService]:
    """Lend the product a push service whose clock shows this time, and keys."""
    service = PushService(World())
    service.world.clock.skipped = now - datetime.now(UTC)
    with push_keys(settings), contextlib.closing(Server(0, service).start()):
        yield service


def make_browser(
    service: PushService, person: User, *, now: datetime, session: Session | None = None
) -> tuple[Browser, PushSubscription]:
    """Return a browser that shows the person's notifications, and its subscription."""
    browser, url = service.subscribe(services.public_key())
    session = session or make_session(person, now=now)
    subscription = services.subscribe(
        user_id=person.pk, session_id=session.pk, url=url, **browser.keys, agent="Firefox 140 on Linux", now=now
    )
    return browser, subscription
