"""Which events are told to whom, and how long is waited between tries."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import schemas
from events.stream import Fact, Place
from notifications import policy
from notifications.policy import RETRY_AFTER, Kind, Pace, Way, next_summary, read, retry_after, wants_by_default

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


@pytest.mark.parametrize(
    ("type", "topic"),
    [
        ("kyc.documents_wanted", "kyc_documents_wanted"),
        ("kyc.approved", "kyc_approved"),
        ("kyc.rejected", "kyc_rejected"),
        ("kyc.expired", "kyc_expired"),
        ("limit.changed", "limit_changed"),
        ("limit.reached", "limit_reached"),
    ],
)
def test_compliance_updates(type: str, topic: str) -> None:
    telling = read(fact(type, {"tier": "basic", "amount": "1000", "currency": "USD", "period": "day"}))
    assert telling is not None
    assert (telling.user_id, telling.kind, telling.topic) == ("usr_1", Kind.COMPLIANCE, topic)
    assert telling.values == {"tier": "basic", "amount": "1000", "currency": "USD", "period": "day", "reason": ""}


def test_the_service_s_own_trouble_is_for_operators() -> None:
    halted = Fact(
        Place(7, 1), "chains.halted", "", "", "chains.cursor:bitcoin", "system", "", {"reason": "A deep reorg."},
        "", None, "", AT,
    )  # fmt: skip
    telling = read(halted)
    assert telling is not None
    assert (telling.user_id, telling.kind, telling.topic) == ("", Kind.HEALTH, "network_halted")
    assert telling.values == {"name": "bitcoin", "reason": "A deep reorg."}


@pytest.mark.parametrize(
    ("type", "data", "topic", "values"),
    [
        (
            "reconciliation.difference_found",
            {"severity": "critical", "asset": "BTC", "summary": "5 missing."},
            "difference_found",
            {"name": "BTC", "reason": "5 missing."},
        ),
        ("reconciliation.difference_found", {"severity": "minor", "asset": "BTC", "summary": "1."}, "", {}),
        (
            "reconciliation.difference_found",
            {"severity": "critical", "asset": "BTC", "summary": "6 missing.", "is_new": False},
            "",
            {},
        ),
        (
            "reconciliation.difference_found",
            {"severity": "critical", "asset": "BTC", "summary": "6 missing.", "is_new": True},
            "difference_found",
            {"name": "BTC", "reason": "6 missing."},
        ),
        ("chains.lagging", {"lag_blocks": 30}, "network_late", {"name": "usr_1", "reason": "", "blocks": "30"}),
        ("listener.silent", {"consumer": "bells"}, "listener_silent", {"name": "bells", "reason": ""}),
        (
            "record.broken",
            {"checkpoint": 7, "reason": "Entry 5 is missing."},
            "record_broken",
            {"name": "usr_1", "reason": "Entry 5 is missing."},
        ),
        ("sendhalt.halted", {"asset": "ETH", "reason": "Short."}, "sends_halted", {"name": "ETH", "reason": "Short."}),
        ("sendhalt.halted", {"asset": "ETH", "reason": "No.", "from": "resume_wanted"}, "", {}),
        ("price.lost", {"base": "BTC", "quote": "USD", "sources": {}}, "price_lost", {"name": "BTC", "reason": ""}),
        ("listener.stopped", {"consumer": "sums", "error": "E"}, "listener_stopped", {"name": "sums", "reason": "E"}),
        ("provider.disabled", {}, "provider_disabled", {"name": "usr_1", "reason": ""}),
    ],
)
def test_what_operators_are_told(type: str, data: dict[str, Any], topic: str, values: dict[str, str]) -> None:
    telling = read(fact(type, data))
    assert (telling.topic if telling else "") == topic
    assert (telling.values if telling else {}) == values


def test_every_event_of_which_operators_are_told_exists() -> None:
    assert [type_ for type_ in policy.HEALTH_TOPICS if schemas.find(type_) is None] == []


def test_text_messages_are_for_security_unless_somebody_wants_more() -> None:
    assert [kind for kind in Kind if wants_by_default(kind, Way.SMS)] == [Kind.SECURITY]
    assert all(wants_by_default(kind, way) for kind in Kind for way in Way if way is not Way.SMS)


@pytest.mark.parametrize(
    ("pace", "now", "expected"),
    [
        (Pace.HOURLY, datetime(2026, 11, 20, 12, 0, tzinfo=UTC), datetime(2026, 11, 20, 13, 0, tzinfo=UTC)),
        (Pace.HOURLY, datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 21, 0, 0, tzinfo=UTC)),
        (Pace.DAILY, datetime(2026, 11, 20, 6, 59, tzinfo=UTC), datetime(2026, 11, 20, 7, 0, tzinfo=UTC)),
        (Pace.DAILY, datetime(2026, 11, 20, 7, 0, tzinfo=UTC), datetime(2026, 11, 21, 7, 0, tzinfo=UTC)),
        (Pace.DAILY, datetime(2026, 12, 31, 12, 0, tzinfo=UTC), datetime(2027, 1, 1, 7, 0, tzinfo=UTC)),
    ],
)
def test_when_summaries_go_out(pace: Pace, now: datetime, expected: datetime) -> None:
    assert next_summary(pace, now=now, hour=7) == expected


def test_waits_between_tries() -> None:
    assert [retry_after(tries, Way.WEBHOOK) for tries in range(1, 9)] == [*RETRY_AFTER, None]
    assert sum(RETRY_AFTER, timedelta()) == timedelta(hours=27, minutes=35, seconds=5)
    assert [retry_after(tries, Way.SMS) for tries in range(1, 5)] == [*RETRY_AFTER[:3], None]
