"""What beat rings for, and how often. Every round finds its own work: a missed one costs seconds."""

from typing import Any

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds * 3}}
    for name, seconds in {
        "transactions.scan_all": 2.0,
        "transactions.pump": 2.0,
        "transactions.take_webhooks": 5.0,
        "transactions.forget_answers": 3600.0,
        "transactions.write_exports": 10.0,
        "transactions.forget_exports": 3600.0,
        "events.relay": 2.0,
        "events.watch": 30.0,
        "notifications.consume": 2.0,
        "notifications.deliver_due": 5.0,
        "audit.copy": 2.0,
        "audit.seal": 10.0,
        "audit.anchor": 60.0,  # settings.AUDIT_ANCHOR_SECONDS
        "analytics.consume": 5.0,
        "analytics.measure": 15.0,
        "analytics.forget": 3600.0,
        "reconciliation.round": 60.0,
        "reconciliation.full": 3600.0,  # each subject once a day
        "chains.refresh_fees": 15.0,
        "chains.watch": 30.0,
        "rates.refresh_prices": 30.0,  # settings.PRICE_REFRESH_SECONDS
        "rates.tidy": 3600.0,
        "custody.seal_keys": 10.0,
        "custody.fill_pools": 10.0,
        "solvency.check_reserves": 180.0,  # settings.SOLVENCY_CHECK_SECONDS
        "solvency.take_snapshot": 600.0,
        "ledger.expire_holds": 30.0,
        "wallets.expire_reservations": 30.0,
        "providers.check_health": 60.0,
        "providers.forget_calls": 3600.0,
        "accounts.send_waiting_links": 30.0,
        "accounts.forget_expired": 3600.0,
    }.items()
}
