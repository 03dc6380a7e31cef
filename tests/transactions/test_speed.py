"""How many statements a money move takes: round trips that creep back in show here, not in production."""

from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

import events.services
from accounts.models import User
from events.models import Event, FeedItem
from kit.ids import new_id
from tests.factories.accounts import make_api_client, make_user
from tests.factories.wallets import make_full_wallet
from transactions.models import Transaction
from wallets.models import Wallet
from wallets.services import create_wallet

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
ETHER = 10**18
MOST_OF_A_TRANSFER = 10
MOST_OF_A_RELAY = 2


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements sent since, by whichever cursor; empty it to begin anew."""
    statements: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(cursor: Any, query: Any, *args: Any, **more: Any) -> Any:
        statements.append(str(query))
        return execute(cursor, query, *args, **more)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    return statements


@pytest.fixture
def pair(settings: Any, tmp_path: Path, now: datetime) -> tuple[Wallet, User]:
    """Return a full wallet, and a person with an empty one."""
    wallet = make_full_wallet(settings, tmp_path, minor=ETHER, now=now, network="ethereum", asset="ETH")
    taker = make_user(now=now)
    create_wallet(user_id=taker.pk, network="ethereum", now=now)
    return wallet, taker


def _transfer(wallet: Wallet, taker: User) -> Any:
    order = {"type": "transfer", "wallet_id": wallet.pk, "asset": "ETH", "amount": "0.1", "to": taker.email}
    client = make_api_client(User.objects.get(pk=wallet.user_id))
    return lambda: client.post("/api/v1/transactions", order, format="json", headers={"Idempotency-Key": new_id("key")})


def test_a_transfer_takes_few_statements(pair: tuple[Wallet, User], asked: list[str]) -> None:
    transfer = _transfer(*pair)
    assert transfer().status_code == 201  # what is read once a process has been read
    asked.clear()
    assert transfer().status_code == 201
    assert len(asked) <= MOST_OF_A_TRANSFER, "\n".join(asked)


def test_its_facts_stand_in_their_order_and_its_statuses_one_by_one(pair: tuple[Wallet, User]) -> None:
    done = _transfer(*pair)().json()
    found = Event.objects.filter(subject=f"transactions.transaction:{done['id']}").order_by("id")
    assert [event.type for event in found] == [
        "flow.InitiateTransferCommand",
        "transaction.initiated",
        "transaction.balance_reserved",
        "transaction.provider_selected",
        "transaction.provider_processing",
        "transaction.balance_updated",
        "transaction.completed",
        "transfer.received",
    ]
    moves = [(event.data["from"], event.data["to"]) for event in found[2:7]]
    assert [there for _, there in moves[:-1]] == [here for here, _ in moves[1:]]
    assert Transaction.objects.get(pk=done["id"]).status == "completed"
    assert {step["state"] for step in done["steps"]} == {"done"}


def test_the_relay_takes_as_many_statements_for_many_as_for_one(pair: tuple[Wallet, User], asked: list[str]) -> None:
    transfer = _transfer(*pair)
    for _ in range(5):
        transfer()
    asked.clear()
    assert events.services.pass_on().messages == 20
    assert len(asked) <= MOST_OF_A_RELAY, "\n".join(asked)
    taken = FeedItem.objects.filter(user_id=pair[1].pk).order_by("sequence")
    assert [(item.sequence, item.type) for item in taken[:2]] == [(1, "transaction.updated"), (2, "balance.updated")]
    assert [item.event_id for item in taken] == sorted(item.event_id for item in taken)
