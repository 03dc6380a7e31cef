"""Other people's purchases at every door, one key at many doors, buttons pressed twice, letters no column holds."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from events.models import Event
from providers.base import Access, Kind, RampStage, RampState
from providers.models import Call, Provider
from providers.registry import ADAPTERS
from tests.factories.accounts import make_api_client, sign_in_browser
from tests.factories.world import World
from tests.races.test_attack_lying_provider import Liar, Shop
from tests.races.together import do_together
from transactions.flows import on_ramp, ramp_orders
from transactions.models import Deposit, IdempotencyRecord, Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


@pytest.fixture
def shop(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setitem(ADAPTERS[Kind.ON_RAMP].entries, "liar", "tests.races.test_attack_lying_provider.Liar")
    Provider.objects.create(code="liar", kind=Kind.ON_RAMP, adapter="liar", name="Liar", updated_at=world.now)
    settings.PROVIDERS = {"liar": Access("liar", "http://127.0.0.1:1")}
    Liar.states = {}
    return Shop(world)


def browser(person: User) -> Client:
    client = Client()
    sign_in_browser(client, person)
    return client


def post(person: User, path: str, body: dict[str, Any] | None = None, key: str = "k-1") -> Any:
    client = make_api_client(person)
    return client.post(f"/api/v1/{path}", body or {}, format="json", headers={"Idempotency-Key": key})


def test_somebody_elses_purchase_is_unknown_at_every_door(shop: Shop) -> None:
    bought = shop.buy()
    stranger = shop.world.person("ethereum")
    before = Transaction.objects.filter(pk=bought.pk).values().get()
    for path in (
        "on-ramp/{}/payment-link",
        "transactions/{}/cancel",
        "transactions/{}/refund",
        "transactions/{}/speed-up",
    ):
        assert post(stranger, path.format(bought.pk)).status_code == 404, path
    wallet = shop.world.wallet(shop.person, "ethereum").pk
    wanted = {"wallet_id": wallet, "asset": "ETH", "currency": "USD", "amount": "100"}
    assert post(stranger, "on-ramp", wanted).status_code == 404
    assert post(stranger, "on-ramp/offers", wanted).status_code == 404
    page = browser(stranger)
    assert page.get(f"/activity/{bought.pk}/").status_code == 404
    assert page.post(f"/activity/{bought.pk}/pay/").status_code == 404
    assert page.post(f"/activity/{bought.pk}/cancel/").status_code == 404
    assert page.post(f"/activity/{bought.pk}/give-back/").status_code == 404
    assert page.get(f"/admin/transactions/transaction/{bought.pk}/step-in/retry/").status_code in (302, 403, 404)
    assert Transaction.objects.filter(pk=bought.pk).values().get() == before
    assert Transaction.objects.count() == 1


def test_one_key_at_many_doors_at_once_has_one_effect(shop: Shop) -> None:
    person, friend = shop.person, shop.world.person("ethereum")
    shop.deposit(amount="1")
    given = shop.world.transfer(person, "ethereum", "0.1", friend.email)
    shop.world.fund(friend, "ethereum", "1")
    shop.world.finalize("ethereum")
    bought = shop.buy(friend)
    wallet = shop.world.wallet(friend, "ethereum").pk
    before = Transaction.objects.count()
    doors: list[Callable[[], Any]] = [
        lambda: post(friend, f"transactions/{given.pk}/refund"),
        lambda: post(friend, f"transactions/{bought.pk}/cancel"),
        lambda: post(friend, "on-ramp", {"wallet_id": wallet, "asset": "ETH", "currency": "USD", "amount": "100"}),
        lambda: post(
            friend,
            "transactions",
            {"type": "transfer", "wallet_id": wallet, "asset": "ETH", "amount": "0.01", "to": person.email},
        ),
    ]
    found = [answer.status_code for answer in do_together(doors * 2)]
    assert set(found) <= {200, 201, 409, 422}, Counter(found)
    is_cancelled = Transaction.objects.get(pk=bought.pk).status in ("compensating", "failed")
    assert Transaction.objects.count() - before + is_cancelled == 1
    assert IdempotencyRecord.objects.filter(user=friend).count() == 1


def test_a_key_whose_answer_is_forgotten_does_what_is_asked_or_says_no(shop: Shop) -> None:
    person, friend = shop.person, shop.world.person("ethereum")
    shop.deposit(amount="1")
    body = {
        "type": "transfer",
        "wallet_id": shop.world.wallet(person, "ethereum").pk,
        "asset": "ETH",
        "amount": "0.1",
        "to": friend.email,
    }
    first = post(person, "transactions", body)
    assert first.status_code == 201
    IdempotencyRecord.objects.all().delete()  # as the round that forgets answers does, a month later
    second = post(person, "transactions", {**body, "amount": "0.2"})
    assert (second.status_code, second.json()["code"]) == (422, "idempotency_key_reused")
    assert Transaction.objects.filter(user=person, type="transfer").count() == 1


def test_a_button_pressed_twice_at_once_does_it_once(shop: Shop) -> None:
    person, friend = shop.person, shop.world.person("ethereum")
    shop.deposit(amount="1")
    given = shop.world.transfer(person, "ethereum", "0.1", friend.email)
    page = browser(friend)
    target = f"{shop.world.wallet(friend, 'ethereum').pk}:ETH"
    wanted = {"target": target, "currency": "USD", "amount": "100"}
    offered = page.post("/buy/", wanted)
    assert offered.status_code == 200
    key = re.search(r"frm_[0-9a-z]{26}", offered.content.decode())
    assert key
    buys = [lambda: page.post("/buy/", {**wanted, "key": key[0], "step": "confirm", "provider": "liar"})] * 3
    assert [answer.status_code for answer in do_together(buys)] == [302] * 3
    assert Transaction.objects.filter(type="on_ramp").count() == 1
    backs = [lambda: page.post(f"/activity/{given.pk}/give-back/", {"left": "100000000000000000"})] * 3
    answers = [answer.status_code for answer in do_together(backs)]
    assert 302 in answers
    assert max(answers) < 500
    assert Transaction.objects.filter(type="refund").count() == 1


@pytest.mark.parametrize("letters", ["\x00", "a\x00b", "\x7f\x1b", "%00", "x" * 5_000])
def test_letters_that_no_column_holds_are_no_error_of_ours(shop: Shop, letters: str) -> None:
    friend = shop.world.person("ethereum")
    shop.deposit(amount="1")
    given = shop.world.transfer(shop.person, "ethereum", "0.1", friend.email)
    page = browser(friend)
    wanted = {"target": f"{shop.world.wallet(friend, 'ethereum').pk}:ETH", "currency": "USD", "amount": "100"}
    assert page.post("/buy/", {**wanted, "step": "confirm", "provider": letters, "key": letters}).status_code < 500
    assert page.post(f"/activity/{given.pk}/give-back/", {"left": letters}).status_code < 500
    body = {**wanted, "wallet_id": wanted["target"].partition(":")[0], "asset": "ETH", "preference": letters[:32]}
    assert post(friend, "on-ramp", body).status_code < 500
    assert Transaction.objects.filter(type="refund").count() <= 1


@pytest.mark.parametrize("amount", ["1" + "0" * 76, "9" * 70, "0.001", "30000.01", "1e5", "-100", "١٠٠"])
def test_an_amount_of_fiat_that_nobody_takes_is_refused(shop: Shop, amount: str) -> None:
    wallet = shop.world.wallet(shop.person, "ethereum").pk
    wanted = {"wallet_id": wallet, "asset": "ETH", "currency": "USD", "amount": amount}
    Provider.objects.filter(pk="liar").update(limits={"USD": {"least": "30", "most": "30000"}})
    answer = post(shop.person, "on-ramp", wanted)
    assert 400 <= answer.status_code < 500 or answer.status_code == 503
    assert not Transaction.objects.exists()


def test_cancelled_at_the_moment_it_is_paid_it_is_followed_and_credited_once(shop: Shop) -> None:
    for _ in range(3):
        bought = shop.buy()
        Liar.states[ramp_orders.operation_id(bought)] = RampState(stage=RampStage.PAID)
        shop.world.pass_time(minutes=1)

        def cancel(bought: Transaction = bought) -> Any:
            return on_ramp.cancel(user_id=shop.person.pk, transaction=bought, now=timezone.now())

        do_together([cancel, shop.world.pump, cancel, shop.world.pump])
        shop.advance(bought)
        assert bought.status in ("compensating", "provider_processing")  # followed either way, never over
        before = shop.world.balance(shop.person, "ethereum").available
        delivery = shop.deposit(amount="0.25")
        shop.says(bought, RampStage.COMPLETED, crypto_txid=delivery.txid)
        shop.advance(bought, turns=10)
        assert bought.status in ("failed", "completed")
        after = shop.world.balance(shop.person, "ethereum").available
        assert after - before == delivery.amount_minor
        assert Deposit.objects.filter(txid=delivery.txid, credits=1, reversals=0).count() == 1


def test_one_person_may_have_the_companies_asked_so_often_by_all_doors_together(shop: Shop, settings: Any) -> None:
    settings.THROTTLE_LIMITS = {"offers": 3}
    friend = shop.world.person("ethereum")
    target = f"{shop.world.wallet(shop.person, 'ethereum').pk}:ETH"
    wanted = {"wallet_id": target.partition(":")[0], "asset": "ETH", "currency": "USD", "amount": "100"}
    form = {"target": target, "currency": "USD", "amount": "100"}
    assert post(shop.person, "on-ramp/offers", wanted).status_code == 200
    assert post(shop.person, "on-ramp", wanted).status_code == 201
    assert browser(shop.person).post("/buy/", form).status_code == 200
    shown = Event.objects.filter(type="preview.shown", user_id=shop.person.pk, data__type="on_ramp")
    assert shown.count() == 3
    asked, opened = Call.objects.count(), Transaction.objects.count()
    for refused in (post(shop.person, "on-ramp/offers", wanted), post(shop.person, "on-ramp", wanted, key="k-2")):
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert 1 <= int(refused["Retry-After"]) <= 900
    assert browser(shop.person).post("/buy/", {**form, "step": "confirm", "provider": "liar"}).status_code == 429
    assert (Call.objects.count(), Transaction.objects.count()) == (asked, opened)
    assert shown.count() == 3
    assert post(shop.person, "on-ramp", wanted).status_code == 201  # what was answered before asks nobody
    theirs = {**wanted, "wallet_id": shop.world.wallet(friend, "ethereum").pk}
    assert post(friend, "on-ramp/offers", theirs).status_code == 200
