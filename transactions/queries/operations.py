"""How the work goes: what waits and how the networks do. For operators, probes and metrics alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

import chains.queries
import events.queries
from chains.queries import NetworkHealth
from events.queries import Backlog
from transactions.models import SubStatus, Transaction

OVERDUE_AFTER = timedelta(minutes=2)
"""A row that has been due for so long is not being looked at: its worker is dead or all are busy."""

MOTIONLESS_AFTER = timedelta(hours=1)
"""A row that is looked at again and again, and has not changed for so long."""


@dataclass(frozen=True)
class Open:
    """How many transactions that a worker still looks at are where."""

    type: str
    network: str
    status: str
    sub_status: str
    count: int


@dataclass(frozen=True)
class Operations:
    """How the work goes at one moment."""

    at: datetime
    due: int
    oldest_due_at: datetime | None
    waiting_for_liquidity: int
    open: Sequence[Open]
    networks: Sequence[NetworkHealth]
    backlog: Backlog

    @property
    def oldest_due_seconds(self) -> float:
        """Return how long the longest-waiting row has been due."""
        return _age(self.oldest_due_at, self.at)

    @property
    def oldest_live_event_seconds(self) -> float:
        """Return how long the longest-waiting live event has waited for the relay."""
        return _age(self.backlog.oldest_at, self.at)


def look(*, now: datetime) -> Operations:
    """Return how the work goes; five queries, each answered by an index of what is open."""
    watched = Transaction.objects.filter(next_look_at__isnull=False)
    queue = watched.filter(next_look_at__lte=now).aggregate(due=Count("pk"), oldest=Min("next_look_at"))
    places = watched.values_list("type", "network_id", "status", "sub_status").annotate(count=Count("pk")).order_by()
    still_open = [Open(*place) for place in places]
    return Operations(
        at=now,
        due=queue["due"],
        oldest_due_at=queue["oldest"],
        waiting_for_liquidity=sum(
            each.count for each in still_open if each.sub_status == SubStatus.WAITING_FOR_LIQUIDITY.value
        ),
        open=still_open,
        networks=chains.queries.networks_health(),
        backlog=events.queries.backlog(),
    )


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
