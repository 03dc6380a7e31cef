"""The inbox of webhooks: the very bytes, once each, never dropped, and nothing kept of a forged one."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from events.models import Event
from kit.states import IllegalMove
from providers.base import Access, RampOrder, RampRequest
from providers.models import Webhook
from providers.queries import get_adapter, get_provider
from providers.services import inbox
from tests.factories import vendors
from tests.factories.vendors import Sandboxes
from tests.races.together import do_together
from transactions import tasks
from transactions.services import webhooks

pytestmark = pytest.mark.django_db

VENDORS = ["moonpay", "transak"]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def opened() -> Iterator[Any]:
    with vendors.own() as sandboxes:
        yield sandboxes


@pytest.fixture
def sandboxes(opened: tuple[Sandboxes, dict[str, Access]], settings: Any) -> Sandboxes:
    levers, accesses = opened
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    settings.PROVIDERS = accesses
    levers.send_webhooks_to("")
    levers.reset()
    return levers


@dataclass(frozen=True)
class Shop:
    """A purchase under way at one company."""

    vendor: str
    sandboxes: Sandboxes
    subject: str

    def webhook(self, how: str = "again") -> vendors.Webhook:
        return self.sandboxes.emit(self.vendor, self.subject, how, is_sent=False)[-1]

    def post(self, webhook: vendors.Webhook, **extra: Any) -> int:
        headers = {name: value for name, value in webhook.headers.items() if name != "Content-Type"}
        content_type = webhook.headers["Content-Type"]
        answer = Client().post(
            f"/webhooks/{self.vendor}/", webhook.raw, content_type=content_type, headers=headers, **extra
        )
        return answer.status_code


@pytest.fixture(params=VENDORS)
def shop(request, sandboxes) -> Shop:
    """Begin with an order that the person has just paid."""
    return buy(request.param, sandboxes)


def buy(vendor: str, sandboxes: Sandboxes) -> Shop:
    adapter = get_adapter(get_provider(vendor))
    request = RampRequest(fiat="USD", fiat_amount=Decimal(100), asset="BTC", network="bitcoin")
    order = RampOrder("op-1", request, "bcrt1qexample", "usr_1", "a@holdfast.example", "http://127.0.0.1/wallets/")
    vendors.choose(adapter.initiate_fiat_to_crypto(order).pay_url, "pay")
    return Shop(vendor, sandboxes, "op-1")


def only() -> Webhook:
    return Webhook.objects.get()


def test_the_very_bytes_are_kept_and_the_bell_is_rung(shop, django_capture_on_commit_callbacks):
    webhook = shop.webhook()
    with django_capture_on_commit_callbacks() as bells:
        assert shop.post(webhook) == 200
    kept = only()
    assert bytes(kept.raw) == webhook.raw
    assert (kept.provider_id, kept.operation_id, kept.status) == (shop.vendor, "op-1", "waiting")
    assert (kept.tries, kept.repeats) == (0, 0)
    assert kept.headers["content-type"] == "application/json"
    assert "cookie" not in kept.headers
    assert [bell.task for bell in bells] == ["transactions.take_webhooks"]


def test_the_same_one_again_is_kept_once(shop):
    for _ in range(3):
        assert shop.post(shop.webhook()) == 200
    assert (only().repeats, only().status) == (2, "waiting")


def test_every_news_of_an_order_is_kept_whatever_the_order_they_come_in(shop):
    shop.sandboxes.advance(200)
    for webhook in shop.sandboxes.emit(shop.vendor, "op-1", "reorder", is_sent=False):
        assert shop.post(webhook) == 200
    assert list(Webhook.objects.values_list("operation_id", "status")) == [("op-1", "waiting")] * 5


@pytest.mark.parametrize("how", ["wrong_secret", "stale"])
def test_a_forged_one_leaves_nothing_but_an_event(shop, how):
    for _ in range(3):
        assert shop.post(shop.webhook(how)) == 401
    assert not Webhook.objects.exists()
    event = Event.objects.get(type="provider.webhook_forged")  # one a minute, however many come
    assert (event.subject, event.actor) == (f"providers.provider:{shop.vendor}", "anonymous")


def test_one_signed_with_the_secret_before_is_taken(sandboxes):
    shop = buy("moonpay", sandboxes)
    assert shop.post(shop.webhook("old_secret")) == 200
    assert only().status == "waiting"


def test_who_is_not_expected_is_not_heard(sandboxes):
    for name in ("nobody", "binance"):
        assert Client().post(f"/webhooks/{name}/", b"{}", content_type="application/json").status_code == 404
    assert Client().get("/webhooks/moonpay/").status_code == 405
    assert not Webhook.objects.exists()


def test_too_much_is_not_read(sandboxes):
    answer = Client().post("/webhooks/moonpay/", b"x" * (256 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413
    assert not Webhook.objects.exists()
    assert not Event.objects.filter(type__startswith="provider.").exists()


def test_no_session_and_no_csrf_cookie_are_asked_for(shop):
    strict = Client(enforce_csrf_checks=True)
    webhook = shop.webhook()
    headers = {name: value for name, value in webhook.headers.items() if name != "Content-Type"}
    answer = strict.post(f"/webhooks/{shop.vendor}/", webhook.raw, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    assert not answer.cookies


def test_what_says_nothing_we_understand_is_kept_for_an_operator(sandboxes):
    vendor = "moonpay"
    adapter = get_adapter(get_provider(vendor))
    raw = b'{"type": "something_new"}'
    item = keep(sandboxes, raw, adapter)
    assert (item.status, item.next_try_at) == ("refused", None)
    with pytest.raises(IllegalMove):
        inbox.replay(item, "usr_operator", NOW)
    other = b'{"type": "identity_check_updated", "data": {"id": "1", "updatedAt": "2026-11-20T12:00:00Z"}}'
    assert keep(sandboxes, other, adapter).status == "handled"
    assert inbox.waiting(now=NOW + timedelta(days=1), limit=10) == []


def keep(sandboxes: Sandboxes, raw: bytes, adapter: Any) -> Webhook:
    """Receive these bytes as if the company had signed them."""
    key = adapter._secrets["webhook_key"].encode()
    seconds = int(NOW.timestamp())
    signature = hmac.new(key, f"{seconds}.".encode() + raw, hashlib.sha256).hexdigest()
    headers = {"Moonpay-Signature-V2": f"t={seconds},s={signature}"}
    (item,) = inbox.receive(provider="moonpay", headers=headers, raw=raw, now=NOW)
    return item


# --- Handed out, done, parked, replayed
@pytest.fixture
def item(shop) -> Webhook:
    assert shop.post(shop.webhook()) == 200
    Webhook.objects.update(received_at=NOW, next_try_at=NOW)
    return only()


def test_it_is_handed_out_once_and_again_if_nobody_comes_back(item):
    assert [each.pk for each in inbox.waiting(now=NOW, limit=10)] == [item.pk]
    assert inbox.waiting(now=NOW, limit=10) == []
    (again,) = inbox.waiting(now=NOW + inbox.LEASE, limit=10)
    assert again.tries == 2
    inbox.done(again, NOW)
    assert (only().status, only().next_try_at) == ("handled", None)
    assert inbox.waiting(now=NOW + timedelta(days=9), limit=10) == []
    with pytest.raises(IllegalMove):
        inbox.done(again, NOW)
    assert list(Event.objects.filter(type__startswith="webhook.").values_list("type", flat=True)) == ["webhook.handled"]


def test_a_parked_one_comes_back_for_a_day_and_then_stays(item):
    now, waits = NOW, []
    while True:
        taken = inbox.waiting(now=now, limit=10)
        if not taken:
            break
        inbox.park(taken[0], "There is no such transaction yet.", now)
        parked = only()
        assert (parked.status, parked.reason) == ("parked", "There is no such transaction yet.")
        if parked.next_try_at is None:
            break
        waits.append(int((parked.next_try_at - now).total_seconds()))
        now = parked.next_try_at
    assert waits[:8] == [2, 5, 15, 60, 300, 900, 3_600, 3_600]
    assert inbox.PATIENCE <= now - NOW <= inbox.PATIENCE + timedelta(hours=1)
    assert inbox.waiting(now=NOW + timedelta(days=30), limit=10) == []
    assert Event.objects.filter(type="webhook.parked").count() == 1


def test_what_was_parked_is_looked_at_at_once_when_it_comes_again(shop, item):
    (taken,) = inbox.waiting(now=NOW, limit=10)
    inbox.park(taken, "not yet", NOW)
    Webhook.objects.update(next_try_at=None)
    assert shop.post(shop.webhook()) == 200
    assert only().next_try_at is not None
    assert only().status == "parked"


@pytest.mark.parametrize("end", ["parked", "handled"])
def test_an_operator_replays_it(item, end, django_capture_on_commit_callbacks):
    (taken,) = inbox.waiting(now=NOW, limit=10)
    if end == "parked":
        inbox.park(taken, "not yet", NOW)
    else:
        inbox.done(taken, NOW)
    connection.run_on_commit.clear()  # the bell of its arrival, which is not rung twice in one transaction
    later = NOW + timedelta(days=3)
    with django_capture_on_commit_callbacks() as bells:
        inbox.replay(only(), "usr_operator", later)
    assert [bell.task for bell in bells] == ["transactions.take_webhooks"]
    assert [each.pk for each in inbox.waiting(now=later, limit=10)] == [item.pk]
    event = Event.objects.get(type="webhook.waiting")
    assert (event.actor, event.subject) == ("usr_operator", f"providers.webhook:{item.pk}")


def test_what_is_over_is_forgotten_in_the_end_and_what_is_not_is_kept(item, settings):
    long_after = NOW + timedelta(days=settings.PROVIDER_LOG_DAYS, seconds=1)
    assert inbox.forget(now=long_after) == 0
    (taken,) = inbox.waiting(now=NOW, limit=10)
    inbox.done(taken, NOW)
    assert inbox.forget(now=long_after - timedelta(seconds=2)) == 0
    assert inbox.forget(now=long_after) == 1


def test_the_database_knows_when_it_is_over(item):
    for changes in ({"status": "handled", "next_try_at": NOW}, {"status": "lost"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Webhook.objects.update(**changes)


# --- Side by side, and through a real server
@pytest.mark.django_db(transaction=True)
def test_the_same_one_many_times_at_once_is_kept_once(sandboxes):
    shop = buy("moonpay", sandboxes)
    webhook = shop.webhook()

    def post() -> Any:
        return inbox.receive(provider="moonpay", headers=webhook.headers, raw=webhook.raw, now=datetime.now(UTC))

    outcomes = do_together([post] * 6)
    assert sorted(len(each) for each in outcomes) == [0, 0, 0, 0, 0, 1]
    assert only().repeats == 5


@pytest.mark.django_db(transaction=True)
def test_nobody_is_handed_what_another_has(sandboxes):
    shop = buy("moonpay", sandboxes)
    shop.sandboxes.advance(200)
    for webhook in shop.sandboxes.emit("moonpay", "op-1", "deliver", is_sent=False):
        shop.post(webhook)
    now = datetime.now(UTC) + timedelta(seconds=1)
    outcomes = do_together([lambda: inbox.waiting(now=now, limit=3)] * 4)
    taken = [item.pk for items in outcomes for item in items]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 5


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("vendor", VENDORS)
def test_what_the_company_sends_through_http_arrives_byte_for_byte(vendor, sandboxes, live_server):
    sandboxes.send_webhooks_to(live_server.url)
    sandboxes.hold_webhooks(vendor)
    shop = buy(vendor, sandboxes)
    sent = sandboxes.emit(vendor, "op-1", "deliver")
    assert [webhook.status for webhook in sent] == [200, 200]
    assert [bytes(each.raw) for each in Webhook.objects.order_by("pk")] == [webhook.raw for webhook in sent]
    assert [webhook.status for webhook in sandboxes.emit(vendor, shop.subject, "wrong_secret")] == [401]
    assert Webhook.objects.count() == 2


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_webhook_that_meets_a_bug_holds_up_no_other(sandboxes, monkeypatch):
    """The one before it comes back after its minute; those behind it are taken now."""
    for vendor in VENDORS:
        shop = buy(vendor, sandboxes)
        inbox.receive(provider=vendor, headers=shop.webhook().headers, raw=shop.webhook().raw, now=timezone.now())
    first, second = Webhook.objects.order_by("pk")
    take = webhooks.take

    def failing(item: Webhook, **how: Any) -> None:
        assert item.pk != first.pk, "a bug"
        take(item, **how)

    monkeypatch.setattr(webhooks, "take", failing)
    tasks.take_webhooks()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("waiting", "parked")
    assert first.next_try_at is not None
    assert first.next_try_at > timezone.now()
    assert [item.pk for item in inbox.waiting(now=timezone.now() + timedelta(seconds=61), limit=1)] == [first.pk]
