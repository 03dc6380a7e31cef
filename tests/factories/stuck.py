"""Transactions that stand somewhere, without a network or company to have brought them there."""

from datetime import datetime
from typing import Any

from django.db import transaction as database

import custody.queries
import wallets.queries
from kit.ids import new_id
from tests.factories.pages import STRANGER, Past
from transactions.engine import run as engine
from transactions.flows import top_up
from transactions.models import Attempt, Deposit, Step, Transaction
from transactions.services import lifecycle


def set_steps(found: Transaction, **steps: dict[str, Any]) -> None:
    """Write where its steps stand, as if it had come there."""
    for name, values in steps.items():
        assert Step.objects.filter(transaction=found, name=name).update(**values) == 1, name


def make_attempt(found: Transaction, *, status: str, now: datetime) -> Attempt:
    """Sign something for it that no network has."""
    return Attempt.objects.create(
        transaction=found,
        number=1,
        network_id=found.network_id,
        status=status,
        txid="ab" * 32,
        raw=b"bytes",
        sender=STRANGER,
        replay_tokens=["ab:0"],
        max_fee_minor=1_000,
        created_at=now,
        updated_at=now,
    )


@database.atomic
def make_ramp(past: Past, *, ordered: str, paid: str, delivered: str = "waiting", now: datetime) -> Transaction:
    """Return a deposit by on-ramp at MoonPay whose steps stand like this."""
    found = lifecycle.open_transaction(
        type=Transaction.Type.ON_RAMP,
        key=new_id("txn"),
        actor=past.owner.pk,
        user_id=past.owner.pk,
        wallet=past.ethereum,
        network_id="ethereum",
        asset_id="ETH",
        amount_minor=10**16,
        fee_asset_id="ETH",
        fee_minor=0,
        source_currency="USD",
        source_minor=5_000,
        to_address=wallets.queries.deposit_address(past.ethereum),
        now=now,
    )
    engine.begin(found, now=now, actor=past.owner.pk)
    for status in ("provider_selected", "provider_processing") if ordered == "done" else ("provider_selected",):
        Transaction.objects.filter(pk=found.pk).update(status=status, provider="moonpay")
    set_steps(
        found,
        chosen={"state": "done"},
        ordered={"state": ordered},
        paid={"state": paid},
        delivered={"state": delivered},
    )
    found.refresh_from_db()
    return found


@database.atomic
def make_sweep(past: Past, *, has_gas_under_way: bool, now: datetime) -> tuple[Transaction, Transaction | None]:
    """Return a sweep of the person's Ethereum address, and the top-up that it may wait for."""
    address = wallets.queries.deposit_address(past.ethereum)
    found = lifecycle.open_transaction(
        type=Transaction.Type.SWEEP,
        key=new_id("txn"),
        actor="system",
        network_id="ethereum",
        asset_id="ETH",
        amount_minor=10**18,
        fee_asset_id="ETH",
        max_fee_minor=10**15,
        from_address=address,
        to_address=custody.queries.hot_address(network="ethereum"),
        now=now,
    )
    Deposit.objects.filter(address=address).update(sweep=found)
    engine.begin(found, now=now)
    found.refresh_from_db()
    return found, top_up.open_for(found, minor=10**14, now=now) if has_gas_under_way else None
