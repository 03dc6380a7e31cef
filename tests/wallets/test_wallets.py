"""Opening wallets and saving payees: by service and by API, and for one's own eyes only."""

import threading
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

import ledger.queries
import ledger.services
from accounts.models import User
from assets.errors import UnknownNetwork
from chains.errors import AddressInvalid
from custody.models import Key
from events.models import Event
from kit.money import Money
from rates.services import record_price
from tests.factories.accounts import make_api_client, make_user
from tests.factories.custody import make_vaults, use_no_keys
from transactions.services.accounts import legs, network_account, open_network_accounts
from wallets import queries, services
from wallets.errors import NetworkNotAvailable, PayeeExists, TooManyWallets
from wallets.models import Address, Payee, Wallet

pytestmark = pytest.mark.django_db(transaction=True)

STRANGER = "0x00000000000000000000000000000000DeaDBeef"


@pytest.fixture
def owner(transactional_db: None, settings: Any, tmp_path: Path, now: datetime) -> User:
    """A person, in a process that cannot decrypt anything: as the web process is."""
    make_vaults(settings, tmp_path)
    use_no_keys(settings)
    return make_user(now=now)


@pytest.mark.parametrize(("network", "asset", "start"), [("bitcoin", "BTC", "bcrt1q"), ("ethereum", "ETH", "0x")])
def test_a_wallet_has_an_address_accounts_and_a_fact(
    owner: User, now: datetime, network: str, asset: str, start: str
) -> None:
    wallet = services.create_wallet(user_id=owner.pk, network=network, label=" Savings ", now=now)
    assert (wallet.label, wallet.network_id, wallet.user_id) == ("Savings", network, owner.pk)
    address = queries.deposit_address(queries.get_wallet(user_id=owner.pk, wallet_id=wallet.pk))
    assert address.startswith(start)
    assert queries.owners_of(network=network, addresses=[address, "elsewhere"]) == {
        address: queries.Owner(wallet.pk, owner.pk)
    }
    assert ledger.queries.balances([f"wallet:{wallet.pk}:available", f"wallet:{wallet.pk}:held"]) == {
        (f"wallet:{wallet.pk}:{name}", each): 0
        for name in ("available", "held")
        for each in [asset, *(["USDC.ETH"] if network == "ethereum" else [])]
    }
    assert Event.objects.filter(type="wallet.created", user_id=owner.pk).count() == 1


def test_every_wallet_has_an_address_of_its_own(owner: User, now: datetime) -> None:
    wallets = [services.create_wallet(user_id=owner.pk, network="bitcoin", now=now) for _ in range(3)]
    assert Address.objects.filter(wallet__in=wallets).values("address").distinct().count() == 3


def test_an_unknown_network_opens_nothing(owner: User, now: datetime) -> None:
    with pytest.raises(UnknownNetwork):
        services.create_wallet(user_id=owner.pk, network="dogecoin", now=now)
    assert not Wallet.objects.exists()
    assert not Event.objects.filter(type="wallet.created").exists()


@pytest.mark.parametrize("ask", [services.create_wallet, services.first_wallet])
def test_a_network_without_nodes_opens_nothing(owner: User, now: datetime, settings: Any, ask: Any) -> None:
    settings.NETWORKS = {**settings.NETWORKS, "bitcoin": replace(settings.NETWORKS["bitcoin"], rpc_urls=())}
    keys = Key.objects.count()
    with pytest.raises(NetworkNotAvailable):
        ask(user_id=owner.pk, network="bitcoin", now=now)
    refused = make_api_client(owner).post("/api/v1/wallets", {"network": "bitcoin"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, "network_not_available")
    assert not Wallet.objects.exists()
    assert Key.objects.count() == keys
    assert not Event.objects.filter(type="wallet.created").exists()
    assert services.create_wallet(user_id=owner.pk, network="ethereum", now=now).network_id == "ethereum"


def test_ten_wallets_are_enough_however_fast_one_asks(owner: User, now: datetime) -> None:
    outcomes: list[str] = []

    def ask() -> None:
        try:
            for _ in range(4):
                services.create_wallet(user_id=owner.pk, network="ethereum", now=now)
                outcomes.append("opened")
        except TooManyWallets:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes.count("opened") == Wallet.objects.filter(user=owner).count() == services.WALLETS_PER_NETWORK
    assert "refused" in outcomes
    assert Key.objects.filter(purpose="deposit").count() == services.WALLETS_PER_NETWORK


def test_a_payee_is_saved_in_canonical_form_once(owner: User, now: datetime) -> None:
    payee = services.save_payee(user_id=owner.pk, network="ethereum", address=STRANGER.lower(), label="Shop", now=now)
    assert (payee.address, payee.label, payee.usable_from) == (STRANGER, "Shop", now)
    with pytest.raises(PayeeExists):
        services.save_payee(user_id=owner.pk, network="ethereum", address=STRANGER, label="Again", now=now)
    with pytest.raises(AddressInvalid):
        services.save_payee(user_id=owner.pk, network="bitcoin", address=STRANGER, label="Wrong", now=now)
    assert list(Payee.objects.values_list("label", flat=True)) == ["Shop"]
    assert Event.objects.filter(type="payee.saved").count() == 1


def test_the_api_shows_ones_own_wallets_and_nobody_elses(owner: User, now: datetime) -> None:
    other = make_user(now=now)
    mine, theirs = make_api_client(owner), make_api_client(other)
    made = mine.post("/api/v1/wallets", {"network": "ethereum"}, format="json")
    assert made.status_code == 201
    wallet = made.json()
    assert wallet["uri"] == f"ethereum:{wallet['address']}@31337"
    assert wallet["qr"].startswith("data:image/svg+xml")
    assert [each["id"] for each in mine.get("/api/v1/wallets").json()["results"]] == [wallet["id"]]
    assert mine.get(f"/api/v1/wallets/{wallet['id']}/balance").json()["balances"] == [
        {"wallet_id": wallet["id"], "asset": asset, "available": "0", "held": "0", "pending": "0", "marked": "0"}
        for asset in ("ETH", "USDC.ETH")
    ]
    assert theirs.get("/api/v1/wallets").json()["results"] == []
    for path in ("", "/balance", "/transactions"):
        refused = theirs.get(f"/api/v1/wallets/{wallet['id']}{path}")
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_a_portfolio_has_a_total_only_if_every_price_is_fresh(owner: User) -> None:
    now = timezone.now()
    wallet = services.create_wallet(user_id=owner.pk, network="bitcoin", now=now)
    client = make_api_client(owner)
    empty = client.get("/api/v1/portfolio").json()
    assert (empty["total"], empty["missing_prices"]) == ("0", [])  # nothing is held, so nothing is missing
    open_network_accounts(network="bitcoin", now=now)
    coins = Money(150_000_000, "BTC")
    lines = legs(network_account("bitcoin", "treasury"), queries.available_account(wallet.pk), coins)
    ledger.services.post(key="a deposit", kind="deposit.credit", lines=lines, now=now)

    unpriced = client.get("/api/v1/portfolio").json()
    assert (unpriced["total"], unpriced["missing_prices"]) == (None, ["BTC"])
    assert (unpriced["holdings"][0]["available"], unpriced["holdings"][0]["value"]) == ("1.5", None)

    record_price(base="BTC", quote="USD", price=Decimal("64210.55"), source="test", now=now)
    priced = client.get("/api/v1/portfolio").json()
    assert (priced["total"], priced["missing_prices"]) == ("96315.82", [])
    assert (priced["holdings"][0]["price"], priced["holdings"][0]["value"]) == ("64210.55", "96315.82")
