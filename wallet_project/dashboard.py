"""The admin's first page: what is stuck, how the networks do, how much waits."""

from typing import Any

from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from assets.queries import get_asset, get_network
from chains.queries import NetworkHealth
from kit.money import format_minor
from transactions.queries import desk, operations
from transactions.queries.desk import Stuck
from wallet_project import operators

SHOWN_STUCK = 10
"""The desk shows the others."""


def context(_request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add how the work goes to the index's context."""
    now = timezone.now()
    seen = operations.look(now=now)
    context |= operators.context(now=now)
    context["cards"] = [
        ("Rows due now", seen.due),
        ("Longest due", f"{seen.oldest_due_seconds:.0f} s"),
        ("Waiting for liquidity", seen.waiting_for_liquidity),
        ("Live events waiting", f"{seen.backlog.count} ({seen.oldest_live_event_seconds:.0f} s)"),
    ]
    context["stuck_headings"] = ("Transaction", "Type", "Status", "Amount", "Since", "Why", "What comes next")
    context["stuck"] = [_stuck(each) for each in desk.stuck(now=now, limit=SHOWN_STUCK)]
    context["network_headings"] = ("Network", "Read to", "Newest block", "Behind", "Endpoints well", "State")
    context["networks"] = [_network(health) for health in seen.networks]
    context["open_headings"] = ("Type", "Network", "Status", "Where in it", "How many")
    context["open"] = [(each.type, each.network, each.status, each.sub_status, each.count) for each in seen.open]
    return context


def _stuck(each: Stuck) -> tuple[Any, ...]:
    transaction = each.transaction
    link = reverse("admin:transactions_transaction_change", args=[quote(transaction.pk)])
    amount = format_minor(transaction.amount_minor, scale=get_asset(transaction.asset_id).scale)
    return (
        format_html('<a class="desk-link" href="{}">{}</a>', link, transaction.pk),
        transaction.type,
        f"{transaction.status} {transaction.sub_status}",
        f"{amount} {transaction.asset_id}",
        each.since,
        each.why,
        each.next_move,
    )


def _network(health: NetworkHealth) -> tuple[Any, ...]:
    if health.halted_reason:
        state = f"HALTED: {health.halted_reason}"
    else:
        state = "not started" if health.height is None else "reading"
    return (
        get_network(health.network).name,
        health.height,
        health.highest_block,
        health.lag_blocks,
        f"{health.endpoints_well} of {health.endpoints}",
        state,
    )
