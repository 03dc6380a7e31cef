"""Each bus as the product uses it, over the same database; the NATS server is started once."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from events.base import Bus
from events.registry import BUSES
from kit.ids import new_id
from tests.factories.bus import TABLE
from tests.factories.nats import NatsServer


@pytest.fixture(scope="module")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path_factory.mktemp("nats"))
    yield server
    server.kill()


@pytest.fixture(params=BUSES.names())
def bus(request: pytest.FixtureRequest, transactional_db: None, settings: Any) -> Bus:
    """One bus of those there are, with nothing on it yet."""
    settings.EVENTS_BUS = request.param
    if request.param == "nats":
        settings.NATS_URL = request.getfixturevalue("nats_server").url
        settings.NATS_PREFIX = new_id("bus")
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    return BUSES.get(request.param)()
