"""What is refused, each with its code, and each time nothing at all has moved."""

from typing import Any

import pytest

import custody.queries
from custody.models import Key
from events.models import Event
from kit.errors import DomainError
from ledger.models import Account, Entry
from tests.factories.world import STRANGERS, World
from transactions.flows.order import Order, prepare, rehearse
from transactions.models import Transaction
from wallets.models import Wallet

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]

TAPROOT_OF_MAIN = "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"
BROKEN = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt081"
BROKEN_CASE = "0x00000000000000000000000000000000DeaDBeeF"

CASES = [
    ("send", "bitcoin", "BTC", "1.5", STRANGERS["bitcoin"], "insufficient_funds"),
    ("send", "bitcoin", "BTC", "1", STRANGERS["bitcoin"], "insufficient_funds"),  # all of it, and no fee
    ("send", "ethereum", "ETH", "1", STRANGERS["ethereum"], "insufficient_funds"),
    ("transfer", "bitcoin", "BTC", "1.00000001", "other", "insufficient_funds"),
    ("send", "bitcoin", "BTC", "0.1", BROKEN, "address_invalid"),
    ("send", "ethereum", "ETH", "0.1", BROKEN_CASE, "address_invalid"),
    ("send", "bitcoin", "BTC", "0.1", STRANGERS["ethereum"], "address_invalid"),
    ("send", "ethereum", "ETH", "0.1", STRANGERS["bitcoin"], "address_invalid"),
    ("send", "bitcoin", "BTC", "0.1", TAPROOT_OF_MAIN, "address_invalid"),
    ("send", "bitcoin", "BTC", "0.1", "", "address_invalid"),
    ("send", "bitcoin", "BTC", "0.1", "hot", "address_ours"),
    ("send", "ethereum", "ETH", "0.1", "hot", "address_ours"),
    ("send", "bitcoin", "BTC", "0.00000001", STRANGERS["bitcoin"], "payment_impossible"),
    ("send", "bitcoin", "BTC", "0.000000001", STRANGERS["bitcoin"], "invalid_input"),
    ("send", "ethereum", "ETH", "0.0000000000000000001", STRANGERS["ethereum"], "invalid_input"),
    ("transfer", "bitcoin", "BTC", "0.123456789", "other", "invalid_input"),
    *[("send", "bitcoin", "BTC", text, STRANGERS["bitcoin"], "invalid_input") for text in ("0", "-0.1", "1e-3", "NaN")],
    *[("transfer", "ethereum", "ETH", text, "other", "invalid_input") for text in ("0", "-0.1", "Infinity", "", "١")],
    ("send", "bitcoin", "ETH", "0.1", STRANGERS["ethereum"], "asset_not_on_network"),
    ("transfer", "bitcoin", "ETH", "0.1", "other", "asset_not_on_network"),
    ("transfer", "bitcoin", "BTC", "0.1", "other:ethereum", "asset_not_on_network"),
    ("send", "bitcoin", "DOGE", "0.1", STRANGERS["bitcoin"], "unknown_asset"),
    ("transfer", "bitcoin", "BTC", "0.1", "nobody@example.com", "recipient_not_found"),
    ("transfer", "bitcoin", "BTC", "0.1", "wal_01JD0000000000000000000000", "recipient_not_found"),
    ("transfer", "bitcoin", "BTC", "0.1", "self", "same_wallet"),
    ("transfer", "bitcoin", "BTC", "0.1", "self:bitcoin", "same_wallet"),
]


def everything() -> dict[str, Any]:
    """Whatever a refusal must leave as it was."""
    return {
        "balances": sorted(Account.objects.values_list("code", "asset_id", "balance", "version")),
        "entries": Entry.objects.count(),
        "transactions": Transaction.objects.count(),
        "wallets": Wallet.objects.count(),
        "keys": Key.objects.count(),
        "events": Event.objects.count(),
    }


def test_every_refusal_moves_nothing(world: World) -> None:
    owner, other = world.person("bitcoin", "ethereum"), world.person("bitcoin", "ethereum")
    for network in ("bitcoin", "ethereum"):
        world.fund(owner, network, "1")
        for _ in range(3):
            world.finalize(network)
        world.work(network)
        assert world.balance(owner, network).available == world.minor("1", world.balance(owner, network).asset)
    names = {"other": other.email, "self": owner.email}
    names |= {
        f"{name}:{network}": world.wallet(user, network).pk
        for name, user in (("self", owner), ("other", other))
        for network in ("bitcoin", "ethereum")
    }
    before = everything()
    for kind, network, asset, amount, to, code in CASES:
        recipient = custody.queries.hot_address(network=network) if to == "hot" else names.get(to, to)
        order = Order(kind, world.wallet(owner, network).pk, asset, amount, recipient)
        case = f"{kind} {amount} {asset} on {network} to {to}"
        assert refusal(order, owner.pk, world, rehearsed=True) == code, case
        assert refusal(order, owner.pk, world, rehearsed=False) == code, case
        assert everything() == before, case


def test_another_persons_wallet_is_unknown(world: World) -> None:
    owner, thief = world.person("bitcoin"), world.person("bitcoin")
    before = everything()
    for kind, to in (("send", STRANGERS["bitcoin"]), ("transfer", thief.email)):
        order = Order(kind, world.wallet(owner, "bitcoin").pk, "BTC", "0.1", to)
        assert refusal(order, thief.pk, world, rehearsed=False) == "not_found"
        assert everything() == before


def refusal(order: Order, user_id: str, world: World, *, rehearsed: bool) -> str:
    try:
        ready = prepare(order, user_id=user_id, now=world.now)
        if rehearsed:
            rehearse(ready, user_id=user_id, wallet_id=order.wallet_id, now=world.now)
        else:
            ready.carry_out("refused", world.now)
    except DomainError as error:
        return error.code
    return "it was not refused"
