"""What people are told of, and how often: pure decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from events.stream import Fact


class Kind(StrEnum):
    """What people choose between; its value never changes."""

    SENT = "sent"
    RECEIVED = "received"
    FAILED = "failed"
    NEEDS_YOU = "needs_you"
    SECURITY = "security"
    SYSTEM = "system"


class Way(StrEnum):
    """By which channel."""

    INBOX = "inbox"
    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class Telling:
    """Who is to be told what; `values` fill the words of its topic."""

    user_id: str
    kind: Kind
    topic: str
    path: str
    values: Mapping[str, str] = field(default_factory=dict)
    is_once: bool = False  # of this topic at this path, whatever else happens there


FORCED = {(Kind.SECURITY, Way.INBOX), (Kind.SECURITY, Way.EMAIL)}
"""Nobody can switch these off."""

LOUD = {Kind.NEEDS_YOU, Kind.SECURITY, Kind.SYSTEM}
"""What pages that are open say at once; a movement of money speaks for itself there already."""

RETRY_AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""The waits between tries, as Standard Webhooks has them; after the last one it has failed."""

GATHER_WINDOW = timedelta(hours=1)
"""Mails of one kind beyond the limit in this time are told in one."""

SHOWN_IN_GATHERED = 20

SECURITY_TOPICS = {
    "user.signed_in": "signed_in",
    "user.locked_out": "locked_out",
    "user.password_changed": "password_changed",
    "user.password_reset": "password_changed",
    "user.factor_enabled": "factor_enabled",
    "user.factor_disabled": "factor_disabled",
    "user.recovery_codes_replaced": "recovery_codes_replaced",
    "user.recovery_code_used": "recovery_code_used",
    "user.email_change_asked": "email_change_asked",
    "user.email_changed": "email_changed",
    "session.refresh_reused": "refresh_reused",
    "webhook_endpoint.added": "webhook_added",
    "webhook_endpoint.secret_rotated": "webhook_secret_rotated",
}
SYSTEM_TOPICS = {
    "user.role_granted": "role_granted",
    "user.roles_revoked": "roles_revoked",
    "user.reopened": "reopened",
}


def retry_after(tries: int) -> timedelta | None:
    """Return how long to wait after so many tries in vain (at least 1); None: it has failed."""
    return RETRY_AFTER[tries - 1] if tries <= len(RETRY_AFTER) else None


def read(fact: Fact) -> Telling | None:
    """
    Return who is to be told of this event, or None if it concerns nobody.

    :raises KeyError, TypeError: if the event is not what its type promises
    """
    if not fact.user_id:
        return None
    if topic := SECURITY_TOPICS.get(fact.type):
        return Telling(fact.user_id, Kind.SECURITY, topic, "/security/", _place(fact.data))
    if topic := SYSTEM_TOPICS.get(fact.type):
        return Telling(fact.user_id, Kind.SYSTEM, topic, "/", {"role": str(fact.data.get("role", ""))})
    if fact.subject.startswith("transactions.transaction:"):
        return _movement(fact)
    return None


def _movement(fact: Fact) -> Telling | None:
    """Return the telling of a movement of money; most of its events are steps on the way, and told live only."""
    path = f"/activity/{fact.subject.partition(':')[2]}/"
    if fact.type == "transfer.received":
        return Telling(fact.user_id, Kind.RECEIVED, "transfer_received", path, _shown(fact))
    if not fact.type.startswith("transaction."):
        return None
    if fact.live_type == "deposit.confirmed":
        return Telling(fact.user_id, Kind.RECEIVED, "deposit", path, _amount(fact))
    if fact.data.get("sub_status") == "waiting_for_you" and fact.type in _PERSON_IS_ASKED:
        return Telling(fact.user_id, Kind.NEEDS_YOU, "waiting_for_you", path, _amount(fact), is_once=True)
    kind, topic = _END.get((fact.type, fact.data["type"]), _END.get((fact.type, ""), (None, "")))
    return Telling(fact.user_id, kind, topic, path, _amount(fact)) if kind else None


_PERSON_IS_ASKED = {"transaction.provider_processing", "transaction.progressed"}
_END: Mapping[tuple[str, str], tuple[Kind | None, str]] = {
    ("transaction.completed", "send"): (Kind.SENT, "sent"),
    ("transaction.completed", "transfer"): (Kind.SENT, "transferred"),
    ("transaction.completed", "refund"): (Kind.SENT, "given_back"),
    ("transaction.completed", "on_ramp"): (Kind.RECEIVED, "bought"),
    ("transaction.failed", "deposit"): (Kind.FAILED, "deposit_failed"),
    ("transaction.failed", "on_ramp"): (Kind.FAILED, "purchase_failed"),
    ("transaction.failed", ""): (Kind.FAILED, "failed"),
}
"""What the end of each type of transaction is to its owner; an empty type: of any other."""


def _amount(fact: Fact) -> Mapping[str, str]:
    return {"asset": fact.data["asset"], "amount_minor": fact.data["amount_minor"]}


def _shown(fact: Fact) -> Mapping[str, str]:
    assert fact.live_data is not None
    return {"asset": fact.live_data["asset"], "amount": fact.live_data["amount"]}


def _place(data: Mapping[str, Any]) -> Mapping[str, str]:
    names = ("address", "agent", "until", "left", "url")
    return {name: str(data.get(name, "")) for name in names}
