"""Telling people, and proving what was told."""

from events.schemas.base import Schema

DELIVERED = {"from": "text", "to": "text", "channel": "text", "notification": "text", "tries": "integer"}

SCHEMAS = (
    Schema(
        "notification.made",
        "notifications.notification",
        "A person is told of an event.",
        {"kind": "text", "topic": "text", "event": "integer"},
        live=("notification",),
    ),
    Schema(
        "notification.read",
        "notifications.notification",
        "A person has read so many; the newest is the subject.",
        {"count": "integer"},
        live=("notification",),
    ),
    Schema(
        "notification.retried",
        "notifications.poisoned",
        "An operator had an event told of again.",
        {"event": "integer", "is_solved": "boolean"},
    ),
    Schema(
        "notification.poisoned",
        "notifications.poisoned",
        "The first event that nobody could be told of, on a desk that was empty.",
        {"event": "integer", "error": "text"},
    ),
    *(
        Schema(f"phone.{what}", "notifications.phone", about, {"number": "text"})
        for what, about in (
            ("code_asked", "A person names a number: a code goes there; the number's middle is left out."),
            ("verified", "They entered the code: text messages go there."),
            ("removed", "They do not want it any more."),
            ("refused", "A company says that the number takes no messages."),
        )
    ),
    Schema(
        "push_subscription.added",
        "notifications.pushsubscription",
        "A browser shows a person's notifications.",
        {"agent": "text"},
    ),
    Schema(
        "push_subscription.removed",
        "notifications.pushsubscription",
        "It does not any more.",
        {"reason": "text"},
    ),
    Schema("delivery.sent", "notifications.delivery", "The other side took it.", DELIVERED),
    Schema("delivery.failed", "notifications.delivery", "It was given up.", DELIVERED),
    Schema(
        "delivery.waiting",
        "notifications.delivery",
        "It is to be sent once more.",
        {"from": "text", "to": "text"},
    ),
    *(
        Schema(f"webhook_endpoint.{what}", "notifications.endpoint", about, {"url": "text"})
        for what, about in (
            ("added", "A person wants to be told at an address of theirs."),
            ("secret_rotated", "It is signed with a new secret."),
            ("removed", "They do not want it any more."),
        )
    ),
    Schema(
        "webhook_endpoint.changed",
        "notifications.endpoint",
        "They switched it on or off.",
        {"url": "text", "is_enabled": "boolean"},
    ),
    Schema(
        "webhook_endpoint.switched_off",
        "notifications.endpoint",
        "It failed for so long that it was switched off.",
        {"reason": "text"},
    ),
    Schema(
        "listener.stopped",
        "events.listener",
        "An event failed with a consumer who needs their order: nothing behind it is read.",
        {"consumer": "text", "event": "integer", "type": "text", "error": "text"},
    ),
    Schema(
        "listener.resumed",
        "events.listener",
        "An operator let a stopped consumer read on.",
        {"consumer": "text", "event": "integer"},
    ),
    Schema(
        "listener.silent",
        "events.listener",
        "A consumer has been brought nothing for minutes: the bus or its process stands still.",
        {"consumer": "text"},
    ),
    Schema("listener.caught_up", "events.listener", "It reads as usual again.", {"consumer": "text"}),
    Schema(
        "record.broken",
        "audit.checkpoint",
        "This checkpoint of the audit record cannot be signed: the record does not follow from what was sealed.",
        {"checkpoint": "integer", "reason": "text"},
    ),
    Schema(
        "record.whole",
        "audit.checkpoint",
        "It could be signed after all; the reason is empty.",
        {"checkpoint": "integer", "reason": "text"},
    ),
    Schema(
        "record.contradicted",
        "audit.networkanchor",
        "A network holds the hash of a checkpoint that the audit record does not have: it was cut off or rewritten.",
        {"network": "text", "txid": "text", "hash": "text"},
    ),
    Schema(
        "poisoned.retried",
        "events.poisoned",
        "An operator had an event that failed with a consumer tried again.",
        {"consumer": "text", "event": "integer", "is_solved": "boolean"},
    ),
    Schema(
        "poisoned.passed_over",
        "events.poisoned",
        "An operator let such an event be without effect.",
        {"consumer": "text", "event": "integer"},
    ),
    Schema(
        "audit.exported",
        "accounts.user",
        "Somebody took a copy of the audit record with its proof.",
        {"first": "integer", "last": "integer|null"},
    ),
)
