"""A back office with something on every one of its pages, and the secrets that none of them may show."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib import admin
from django.db import models
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

import notifications.services
from accounts.models import Role, Session
from chains.models import Cursor, Endpoint, FailedBlock, FoundSend
from custody.models import Key, Vault
from custody.services import seal_waiting
from kit.ids import new_id
from kit.money import Money
from ledger.queries import get_hold
from notifications.models import Attempt as DeliveryAttempt
from notifications.models import Delivery, Phone, Poisoned, PushSubscription
from notifications.models import Endpoint as WebhookEndpoint
from providers.models import Call, Health, Webhook
from tests.factories.accounts import make_factor, make_session, make_user, sign_in_browser
from tests.factories.audit import make_checkpoint, make_entry, make_network_anchor
from tests.factories.bus import make_bus_rows
from tests.factories.notifications import happen
from tests.factories.pages import STRANGER, Past, make_past
from tests.factories.reconciliation import make_case
from tests.factories.solvency import make_solvency_rows
from tests.factories.treasury import make_refill
from transactions.models import Attempt, Coin, NonceLane, Rescan
from wallets.models import Payee, Reservation, ReservationPart
from wallets.queries import hold_keys
from wallets.services.reservations import Part, reserve

RAW = bytes.fromhex("02000000000101" + "c0ffee15deadbeef" * 8)
RPC_PASSWORD = "planted-rpc-password-7Qx"
PLANTED_EMAIL = "planted-in-a-webhook@holdfast.example"
TELEPHONE = "+4915177733311"
PUSH_URL = "https://push.example/planted-capability-9Kd"
PUSH_KEY = "planted-browser-key-4Lm"


@dataclass(frozen=True)
class Office:
    past: Past
    secrets: tuple[str, ...]


def registered() -> list[tuple[type[models.Model], Any]]:
    """Return every model the admin shows, with its admin."""
    return list(admin.site._registry.items())


def first_row(model: type[models.Model]) -> models.Model:
    row = model._default_manager.first()
    assert row is not None, f"{model.__name__} has no row to look at"
    return row


def staff(role: Role) -> Client:
    """Return a browser signed in as somebody with this role."""
    client = Client()
    sign_in_browser(client, make_user(role=role))
    return client


def make_office(settings: Any, folder: Path, *, now: datetime) -> Office:
    """Return an office in which every registered model has a row; rows no service makes yet are written directly."""
    past = make_past(settings, folder, now=now)
    seal_waiting(now=now)
    make_factor(past.owner, at=timezone.now())
    make_session(make_user(), kind=Session.Kind.TOKEN)
    _network_rows(past, now)
    _provider_rows(now)
    _told_rows(past, now)
    make_case(now=now)
    make_refill(now=now)
    make_solvency_rows(now=now)
    make_bus_rows(now=now)
    make_entry(now=now)
    make_network_anchor(make_checkpoint(settings, folder, now=now), now=now)
    assert past.send.wallet is not None
    reserve(
        key="rent",
        wallet=past.send.wallet,
        parts=[Part(ReservationPart.Name.AMOUNT, Money(1, past.send.asset_id))],
        kind=Reservation.Kind.SOFT,
        purpose="the rent of December",
        now=now,
    )
    assert all(get_hold(key=key).is_open for key in hold_keys(transaction_id=past.send.pk))
    return Office(past, tuple(_secrets(past)))


def _network_rows(past: Past, now: datetime) -> None:
    Endpoint.objects.create(
        network="bitcoin", name="node.example:8332", last_ok_at=now, highest_block=330, reported_at=now
    )
    Cursor.objects.filter(network="ethereum").update(halted_at=now, halted_reason="a reorg deeper than 64 blocks")
    FailedBlock.objects.create(
        network="bitcoin", height=102, tries=5, problem="A node's answer could not be read.", first_failed_at=now
    )
    Rescan.objects.create(
        id=new_id("rsc"),
        network_id="bitcoin",
        status="waiting",
        first_height=1,
        last_height=2,
        next_height=1,
        reason="Somebody misses a deposit.",
        requested_by="usr_operator",
        created_at=now,
        updated_at=now,
    )
    FoundSend.objects.create(
        network="bitcoin",
        txid="ef" * 32,
        height=330,
        raw=RAW,
        sender=STRANGER,
        replay_tokens=["ef:0"],
        outputs=[[STRANGER, "1000", "", 0]],
        found_at=now,
    )
    attempt = Attempt.objects.create(
        transaction=past.send,
        number=1,
        network_id="bitcoin",
        txid="ab" * 32,
        raw=RAW,
        sender=STRANGER,
        replay_tokens=["ab:0"],
        max_fee_minor=1_000,
        created_at=now,
        updated_at=now,
    )
    Coin.objects.create(
        network_id="bitcoin",
        txid="cd" * 32,
        vout=1,
        address=STRANGER,
        minor=5_000,
        is_change=False,
        reserved_by=attempt,
    )
    NonceLane.objects.create(network_id="ethereum", sender="0x" + "11" * 20, next_nonce=7)
    Payee.objects.create(
        id="pay_" + "0" * 26,
        user=past.owner,
        network_id="bitcoin",
        address=STRANGER,
        label="Rent",
        created_at=now,
        usable_from=now,
    )


def _provider_rows(now: datetime) -> None:
    Health.objects.create(provider_id="moonpay", operation="quote", ok_weight=3, all_weight=4, weighed_at=now)
    Call.objects.create(
        provider_id="moonpay", operation="quote", operation_id="quote:1", outcome=Call.Outcome.ANSWERED, asked_at=now
    )
    Webhook.objects.create(
        provider_id="moonpay",
        event_id="transaction_updated:1:2",
        type="transaction_updated",
        raw=b'{"data": {"id": "1", "customer": {"email": "%s"}}}' % PLANTED_EMAIL.encode(),
        received_at=now,
        updated_at=now,
    )


def _told_rows(past: Past, now: datetime) -> None:
    """Let somebody be told by webhook and mail, once in vain, and let one event be on its desk."""
    endpoint = notifications.services.add_endpoint(user_id=past.owner.pk, url="https://example.com/hook", now=now)
    event = happen(past.owner, now=now)
    poisoned = Poisoned.objects.create(event=event, error="KeyError in read (policy.py:1)", first_at=now, last_at=now)
    notifications.services.retry(poisoned=poisoned, actor=past.owner.pk, now=now)
    delivery = Delivery.objects.get(notification__event=event, endpoint=endpoint)
    DeliveryAttempt.objects.create(delivery=delivery, is_ok=False, status=500, milliseconds=12, at=now)
    Phone.objects.create(
        id=new_id("phn"), user=past.owner, number=TELEPHONE, code_until=now, created_at=now, updated_at=now
    )
    PushSubscription.objects.create(
        id=new_id("psh"),
        user=past.owner,
        session_id="ses_1",
        url=PUSH_URL,
        p256dh=PUSH_KEY,
        auth=PUSH_KEY,
        created_at=now,
        updated_at=now,
    )


def _secrets(past: Past) -> list[str]:
    past.owner.refresh_from_db()
    device = TOTPDevice.objects.get(user=past.owner)
    found = [past.owner.password, device.key, RPC_PASSWORD, PLANTED_EMAIL, TELEPHONE, PUSH_URL, PUSH_KEY]
    sealed: list[Any] = [value for vault in Vault.objects.all() for value in (vault.sealed_entropy, vault.data_key)]
    sealed += [value for key in Key.objects.all() for value in (key.sealed_key, key.data_key)]
    found += [form for value in [*sealed, RAW] if value for form in (bytes(value).hex(), repr(bytes(value))[2:-1])]
    for endpoint in WebhookEndpoint.objects.all():
        found.append(notifications.services.secret_of(endpoint).removeprefix("whsec_"))
    for session in Session.objects.all():
        found.append(session.refresh_id)  # the id alone opens nothing, and events name it
    return [secret for secret in found if secret]
