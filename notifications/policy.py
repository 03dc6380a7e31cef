"""What people are told of, and how often: pure decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    COMPLIANCE = "compliance"  # what is known of who somebody is, and what they may do because of it
    HEALTH = "health"  # of the service itself: for operators


class Way(StrEnum):
    """By which channel."""

    INBOX = "inbox"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    WEBHOOK = "webhook"


class Pace(StrEnum):
    """How often mails come: each at once, or what there was in one."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True)
class Telling:
    """Who is to be told what; `values` fill the words of its topic. Without a user_id it is for all operators."""

    user_id: str
    kind: Kind
    topic: str
    path: str
    values: Mapping[str, str] = field(default_factory=dict)
    is_once: bool = False  # of this topic at this path, whatever else happens there


FORCED = {(Kind.SECURITY, Way.INBOX), (Kind.SECURITY, Way.EMAIL)}
"""Nobody can switch these off."""

OPERATORS_ONLY = {Kind.HEALTH}
"""Kinds that nobody else is told of, or asked about."""

PUNCTUAL = {Kind.SECURITY}
"""Kinds that never wait for a summary."""

LOUD = {Kind.NEEDS_YOU, Kind.SECURITY, Kind.SYSTEM, Kind.COMPLIANCE, Kind.HEALTH}
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

ENDS_SESSION = {"user.signed_out", "session.revoked"}
"""Whoever sits before that browser afterwards may be a stranger: it shows nothing any more."""

URGENT = {Kind.NEEDS_YOU, Kind.SECURITY, Kind.HEALTH}
"""What wakes a device that is saving its battery."""

MOST_RETRIES = {Way.SMS: 3, Way.PUSH: 4}
"""What appears on a screen at once is of no use half a day later; everything else is tried to the end."""

REPORT_AFTER = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))
"""When a company is asked what became of a message, unless it reports it before."""

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
    "phone.verified": "phone_added",
    "phone.removed": "phone_removed",
    "phone.refused": "phone_refused",
    "push_subscription.added": "push_added",
}
SYSTEM_TOPICS = {
    "user.role_granted": "role_granted",
    "user.roles_revoked": "roles_revoked",
    "user.reopened": "reopened",
    "export.ready": "export_ready",
    "export.failed": "export_failed",
}
SYSTEM_PATHS = {"export.ready": "/activity/exports/", "export.failed": "/activity/exports/"}
COMPLIANCE_TOPICS = {
    "kyc.documents_wanted": "kyc_documents_wanted",
    "kyc.approved": "kyc_approved",
    "kyc.rejected": "kyc_rejected",
    "kyc.expired": "kyc_expired",
    "limit.changed": "limit_changed",
    "limit.reached": "limit_reached",
}
HEALTH_TOPICS = {
    "chains.halted": ("network_halted", "/admin/chains/cursor/"),
    "chains.resumed": ("network_resumed", "/admin/chains/cursor/"),
    "chains.lagging": ("network_late", "/admin/chains/cursor/"),
    "chains.caught_up": ("network_in_time", "/admin/chains/cursor/"),
    "chains.block_failed": ("block_failed", "/admin/chains/failedblock/"),
    "chains.block_read": ("block_read", "/admin/chains/failedblock/"),
    "chains.endpoint_disabled": ("node_disabled", "/admin/chains/endpoint/"),
    "provider.disabled": ("provider_disabled", "/admin/providers/provider/"),
    "provider.webhook_forged": ("webhook_forged", "/admin/providers/provider/"),
    "price.lost": ("price_lost", "/admin/providers/provider/"),
    "notification.poisoned": ("notifications_poisoned", "/admin/notifications/poisoned/"),
    "listener.stopped": ("listener_stopped", "/admin/events/listener/"),
    "listener.silent": ("listener_silent", "/admin/events/listener/"),
    "listener.caught_up": ("listener_in_time", "/admin/events/listener/"),
    "record.broken": ("record_broken", "/admin/audit/checkpoint/"),
    "record.whole": ("record_whole", "/admin/audit/checkpoint/"),
    "record.contradicted": ("record_contradicted", "/admin/audit/networkanchor/"),
    "deposit.contradicted": ("deposit_contradicted", "/admin/transactions/deposit/"),
    "coin.spent_by_stranger": ("coin_spent_by_stranger", "/admin/transactions/coin/"),
    "reconciliation.difference_found": ("difference_found", "/admin/reconciliation/case/"),
    "statement.refused": ("statement_refused", "/admin/reconciliation/case/"),
    "sendhalt.halted": ("sends_halted", "/admin/transactions/sendhalt/"),
    "sendhalt.resume_wanted": ("second_person_wanted", "/admin/transactions/sendhalt/"),
    "correction.wanted": ("second_person_wanted", "/admin/reconciliation/case/"),
    "snapshot.abandoned": ("snapshot_abandoned", "/admin/solvency/snapshot/"),
}
"""What operators are told of, and where in the admin to look."""


def wants_by_default(kind: Kind, way: Way) -> bool:
    """Say whether somebody who chose nothing is told of this kind by this channel: text messages cost money."""
    return way is not Way.SMS or kind is Kind.SECURITY


def wants(choices: Mapping[tuple[str, str], bool], kind: Kind, way: Way) -> bool:
    """Say whether somebody who made these choices, by kind and channel, is told of this kind by this channel."""
    return (kind, way) in FORCED or choices.get((kind.value, way.value), wants_by_default(kind, way))


def next_summary(pace: Pace, *, now: datetime, hour: int) -> datetime:
    """Return when the next summary of this pace goes out: at the full hour, or each day at this hour (UTC)."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    if pace is Pace.HOURLY:
        return this_hour + timedelta(hours=1)
    today = this_hour.replace(hour=hour)
    return today if today > now else today + timedelta(days=1)


def retry_after(tries: int, way: Way) -> timedelta | None:
    """Return how long to wait after so many tries in vain (at least 1); None: it has failed."""
    return RETRY_AFTER[tries - 1] if tries <= MOST_RETRIES.get(way, len(RETRY_AFTER)) else None


def read(fact: Fact) -> Telling | None:
    """
    Return who is to be told of this event, or None if it concerns nobody.

    :raises KeyError, TypeError: if the event is not what its type promises
    """
    if fact.type in HEALTH_TOPICS:
        return _health(fact)
    if not fact.user_id:
        return None
    if topic := SECURITY_TOPICS.get(fact.type):
        return Telling(fact.user_id, Kind.SECURITY, topic, "/security/", _place(fact.data))
    if topic := SYSTEM_TOPICS.get(fact.type):
        path = SYSTEM_PATHS.get(fact.type, "/")
        return Telling(fact.user_id, Kind.SYSTEM, topic, path, {"role": str(fact.data.get("role", ""))})
    if topic := COMPLIANCE_TOPICS.get(fact.type):
        names = ("tier", "reason", "amount", "currency", "period")
        said = {name: str(fact.data.get(name, "")) for name in names}
        return Telling(fact.user_id, Kind.COMPLIANCE, topic, "/settings/", said)
    return _movement(fact) if fact.subject.startswith("transactions.transaction:") else None


def _health(fact: Fact) -> Telling | None:
    """Return the telling of the service's own trouble, once for each, unless it has set itself right."""
    if fact.type == "reconciliation.difference_found" and not _is_new_and_critical(fact.data):
        return None
    if fact.type == "sendhalt.halted" and "from" in fact.data:  # it was halted before: somebody turned a wish down
        return None
    topic, path = HEALTH_TOPICS[fact.type]
    reasons = (str(fact.data.get(each) or "") for each in ("reason", "summary", "error", "severity"))
    names = (str(fact.data.get(each) or "") for each in ("consumer", "asset", "base"))
    name = next(filter(None, names), fact.subject.partition(":")[2])
    said = {"name": name, "reason": next(filter(None, reasons), "")}
    if "lag_blocks" in fact.data:
        said["blocks"] = str(fact.data["lag_blocks"])
    return Telling("", Kind.HEALTH, topic, path, said)


def _is_new_and_critical(difference: Mapping[str, Any]) -> bool:
    """Tell whether it opened a case; of one that is open, and of another amount now, operators have been told."""
    return bool(difference["severity"] == "critical" and difference.get("is_new", True))


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
    names = ("address", "agent", "until", "left", "url", "number")
    return {name: str(data.get(name, "")) for name in names}
