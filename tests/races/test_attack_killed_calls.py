"""Workers killed (SIGKILL) while they ask a partner: nobody is locked out, and nothing is said to be answered."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection

from providers import breaker
from providers.errors import ProviderUnavailable
from providers.models import Call, Health
from tests.factories.http_servers import say
from tests.factories.providers import Rig, make_rig
from tests.races.test_provider_calls import PROCESS, order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


@pytest.fixture
def rig(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with make_rig(settings, monkeypatch) as made:
        settings.PROVIDERS = {"alpha": replace(settings.PROVIDERS["alpha"], timeout_seconds=5.0)}
        yield made


def die_while_asking(rig: Rig, now: datetime) -> None:
    """Let another process ask, and kill it before it is answered."""
    may_end = threading.Event()

    def hang(handler: Any) -> None:
        may_end.wait(30)

    rig.server.answer = hang
    known = len(rig.server.requests)
    name = connection.settings_dict["NAME"]
    arguments = [sys.executable, "-c", PROCESS, name, rig.server.url, now.isoformat(), "1", "killed"]
    process = subprocess.Popen(arguments, cwd=configured.BASE_DIR, stdout=subprocess.PIPE)
    try:
        until = time.monotonic() + 30
        while len(rig.server.requests) == known:
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.kill()
        process.communicate()
        may_end.set()
    rig.answers(200)


def test_a_worker_that_dies_while_it_asks_is_in_nobodys_way(rig: Rig, now: datetime) -> None:
    die_while_asking(rig, now)
    killed = Call.objects.get()
    assert (killed.operation_id, killed.milliseconds) == ("killed:0", None)
    assert killed.outcome not in ("answered", "refused")
    assert order(now) == "v-1"
    assert Call.objects.filter(outcome="answered").count() == 1


def test_a_worker_that_dies_while_it_tries_a_partner_anew_gives_way_after_a_while(rig: Rig, now: datetime) -> None:
    rig.server.answer = say(503)
    with pytest.raises(ProviderUnavailable):
        order(now)
    later = now + timedelta(seconds=breaker.COOL_DOWN_SECONDS["server"] + 1)
    die_while_asking(rig, later)
    with pytest.raises(ProviderUnavailable) as raised:
        order(later + timedelta(seconds=1))
    assert (raised.value.kind, raised.value.has_left) == ("cooling", False)
    assert order(later + timedelta(seconds=breaker.PROBE_LEASE_SECONDS + 1)) == "v-1"
    assert Health.objects.get().failures == 0
