"""Comparing books and networks as a worker does, and coins that come and go past everybody's books."""

import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction as database

import chains.queries
import custody.queries
import custody.services
from chains.values import BlockRef, Coin, Outpoint, Payment, Priority
from custody.base import Intent
from devnet import faucet
from reconciliation.base import Found, Item, Place
from reconciliation.models import Case, Run
from reconciliation.services import cases, networks, runs
from tests.factories.world import World
from transactions.models import Coin as CoinRow

ROUND, FULL = Run.Scope.ROUND, Run.Scope.FULL


def check(world: World, network: str, scope: Run.Scope = FULL) -> Run:
    """Compare the books with the network now."""
    run = networks.check(network=network, scope=scope, now=world.now)
    assert run is not None
    return run


def is_clean(world: World, network: str) -> None:
    """Both looks find nothing, and no case is open."""
    for scope in (ROUND, FULL):
        run = check(world, network, scope)
        assert (run.result, run.reason) == ("clean", ""), (run.figures, run.reason)
    assert not Case.objects.filter(status="open").exists()


def the_case() -> Case:
    return Case.objects.get(status="open")


def aim(world: World, network: str, *urls: str) -> None:
    """Let the product ask these nodes."""
    config = replace(world.settings.NETWORKS[network], rpc_urls=urls)
    world.settings.NETWORKS = {**world.settings.NETWORKS, network: config}
    chains.queries.forget()


def drip(world: World, minor: int, address: str = "") -> None:
    """Let a contract pay wei to the hot wallet from within its making: no block shows it as a movement."""
    to = address or custody.queries.hot_address(network="ethereum")
    code = "0x6000600060006000" + "34" + "73" + to[2:].lower() + "5af100"
    sender = world.node("ethereum", "eth_accounts")[0]
    world.node(
        "ethereum",
        "eth_sendTransaction",
        {"from": sender, "value": hex(minor), "data": code, "gas": hex(200_000)},
    )


def mine_to_us(world: World) -> int:
    """Let a miner give a block's reward to the hot wallet: the scanner counts no reward. Return how much that is."""
    hot = custody.queries.hot_address(network="bitcoin")
    (block,) = world.node("bitcoin", "generatetoaddress", 1, hot)
    first = world.node("bitcoin", "getblock", block, 2)["tx"][0]
    return sum(round(float(output["value"]) * 10**8) for output in first["vout"])


def steal(world: World, network: str, minor: int, sender: str = "") -> int:
    """
    Spend our coins with our key past the books, as a thief would; return what is gone with the fee.

    On Bitcoin a whole coin is taken, of at least so much; elsewhere from the hot wallet, or from `sender`.
    """
    adapter = chains.queries.get_adapter(network)
    to = world.stranger(network)
    rate = next(rate for rate in adapter.fee_rates() if rate.priority is Priority.FAST)
    payment = Payment(to, minor, "", rate)
    if network == "bitcoin":
        row = CoinRow.objects.filter(reserved_by=None, spent_height=None, minor__gt=minor).latest("minor")
        coin = Coin(Outpoint(row.txid, row.vout), row.minor, row.address)
        payment = replace(payment, minor=row.minor, coins=(coin,), subtract_fee=True)
    else:
        sender = sender or custody.queries.hot_address(network=network)
        payment = replace(payment, sender=sender, nonce=adapter.next_nonce(sender))
        payment = replace(payment, gas_limit=adapter.gas_limit(payment))
    unsigned = adapter.build(payment)
    intent = Intent(
        network=network,
        to=to,
        minor=unsigned.outputs[0].minor,
        contract="",
        max_fee_minor=unsigned.max_fee_minor,
        change_addresses=(),
        subject="thief",
    )
    with database.atomic():
        signed = custody.services.sign(payload=unsigned.payload, intent=intent, now=world.now)
    assert adapter.broadcast(signed).outcome == "succeeded"
    before = adapter.state(signed.txid)
    faucet.mine(network=network, blocks=1)
    after = adapter.state(signed.txid)
    assert (before.presence, after.presence) == ("pending", "mined")
    if network == "bitcoin":
        return row.minor
    return minor + after.fee_minor


def make_case(*, now: datetime, key: str = "network:ethereum:ETH", minor: int = -7 * 10**17, **more: Any) -> Case:
    """Return an open case of coins that are not where the books say, as a run opens it."""
    run = runs.begin(subject=Run.Subject.NETWORK, scope=FULL, network="ethereum", height=100, now=now)
    place = Place(treasury=minor)
    figures = {
        "booked": Place(3 * 10**18, 10**15).as_json(),
        "in_transit_minor": str(2 * 10**17),
        "expected": Place(3 * 10**18, 10**15).as_json(),
        "there": Place(3 * 10**18 + minor, 10**15).as_json(),
        "difference": place.as_json(),
        "items": [Item("send_settled_above", f"transactions.transaction:txn_{'0' * 26}", "ETH", place).as_json()],
        "items_count": 1,
    }
    odd = [{"address": "0x" + "ab" * 20, "minor": "1", "before_minor": str(-minor)}]
    found = Found(
        key=key,
        kind="network",
        summary=f"{abs(minor)} wei {'less' if minor < 0 else 'more'} on our addresses than the books say.",
        network="ethereum",
        asset="ETH",
        place=place,
        evidence={"height": 100, "block_hash": "0x" + "cd" * 32, "nodes": 2, **figures, "odd": odd},
        **more,
    )
    case = cases.take(found, run=run, now=now)
    assert case is not None
    block = BlockRef(100, "0x" + "cd" * 32, "0x" + "ce" * 32)
    runs.end(run, runs.Outcome((found,), {"assets": {"ETH": figures}}, block, 2), started=time.monotonic())
    return case
