"""Which events are told to whom, and how long is waited between tries."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.stream import Fact, Place
from notifications import policy
from notifications.policy import RETRY_AFTER, Kind, read, retry_after
from notifications.services.words import TOPICS

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MOVEMENT = {"asset": "BTC", "amount_minor": "1500000"}


def fact(kind: str, data: dict[str, Any], *, user_id: str = "usr_1", live_type: str = "") -> Fact:
    subject = "transactions.transaction:txn_1" if kind.startswith("transaction.") else "accounts.user:usr_1"
    return Fact(Place(7, 1), kind, "", "", subject, "system", user_id, data, live_type, None, "", AT)


@pytest.mark.parametrize(
    ("type", "data", "kind", "topic"),
    [
        ("transaction.completed", {"type": "send"}, Kind.SENT, "sent"),
        ("transaction.completed", {"type": "transfer"}, Kind.SENT, "transferred"),
        ("transaction.completed", {"type": "refund"}, Kind.SENT, "given_back"),
        ("transaction.completed", {"type": "on_ramp"}, Kind.RECEIVED, "bought"),
        ("transaction.failed", {"type": "send"}, Kind.FAILED, "failed"),
        ("transaction.failed", {"type": "deposit"}, Kind.FAILED, "deposit_failed"),
        ("transaction.failed", {"type": "on_ramp"}, Kind.FAILED, "purchase_failed"),
        (
            "transaction.progressed",
            {"type": "on_ramp", "sub_status": "waiting_for_you"},
            Kind.NEEDS_YOU,
            "waiting_for_you",
        ),
    ],
)
def test_movements_of_money(type: str, data: dict[str, str], kind: Kind, topic: str) -> None:
    telling = read(fact(type, MOVEMENT | data))
    assert telling is not None
    assert (telling.user_id, telling.kind, telling.topic) == ("usr_1", kind, topic)
    assert telling.path == "/activity/txn_1/"
    assert telling.values == MOVEMENT


def test_a_deposit_is_told_when_it_is_credited() -> None:
    telling = read(fact("transaction.balance_updated", MOVEMENT | {"type": "deposit"}, live_type="deposit.confirmed"))
    assert telling is not None
    assert (telling.kind, telling.topic) == (Kind.RECEIVED, "deposit")


@pytest.mark.parametrize(
    "other",
    [
        fact("transaction.completed", MOVEMENT | {"type": "deposit"}),  # told already, when it was credited
        fact("transaction.blockchain_pending", MOVEMENT | {"type": "send"}),
        fact("balance.updated", {}),
        fact("user.signed_out", {}),
        fact("notification.made", {}),
        fact("user.password_changed", {}, user_id=""),
    ],
)
def test_what_nobody_is_told(other: Fact) -> None:
    assert read(other) is None


def test_an_event_that_is_not_what_it_says_is_refused() -> None:
    with pytest.raises(KeyError):
        read(fact("transaction.completed", {}))


def test_every_topic_has_words() -> None:
    told = {*policy.SECURITY_TOPICS.values(), *policy.SYSTEM_TOPICS.values()}
    told |= {topic for _, topic in policy._END.values()} | {"deposit", "transfer_received", "waiting_for_you"}
    assert told == set(TOPICS)


def test_waits_between_tries() -> None:
    assert [retry_after(tries) for tries in range(1, 9)] == [*RETRY_AFTER, None]
    assert sum(RETRY_AFTER, timedelta()) == timedelta(hours=27, minutes=35, seconds=5)
