"""What the frame around every page says about networks."""

from datetime import datetime
from typing import Any

import pytest

from chains.models import Cursor, Endpoint
from wallet_project.context import LATE_BLOCKS, _network_notices

pytestmark = pytest.mark.django_db


def stand(network: str, now: datetime, *, behind: int = 0, halted: bool = False) -> None:
    reason = {"halted_at": now, "halted_reason": "too deep"} if halted else {}
    Cursor.objects.create(network=network, height=100, hash="00", updated_at=now, **reason)
    Endpoint.objects.create(network=network, name="node:1", is_enabled=True, highest_block=100 + behind)


def test_nothing_is_said_of_networks_that_do_well(now: datetime, django_assert_num_queries: Any) -> None:
    stand("bitcoin", now)
    stand("ethereum", now, behind=LATE_BLOCKS - 1)
    _network_notices()  # reads what exists, once per process
    with django_assert_num_queries(2):  # for all networks together
        assert _network_notices() == []


def test_a_halted_and_a_late_network_are_named_in_the_order_of_lists(now: datetime) -> None:
    stand("ethereum", now, behind=LATE_BLOCKS)
    stand("bitcoin", now, halted=True)
    assert _network_notices() == [
        {
            "tone": "negative",
            "text": "Bitcoin is paused while we check something. Your money is safe; sends wait.",
        },
        {
            "tone": "warning",
            "text": "Ethereum is slow right now. What is on its way shows up later than usual.",
        },
    ]
