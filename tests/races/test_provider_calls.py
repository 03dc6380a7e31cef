"""Several processes and threads that call one provider: they learn from each other, and one goes first."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection

from providers.errors import ProviderUnavailable
from providers.models import Call, Health, Provider
from providers.services import call, set_pinned
from tests.factories.http_servers import say
from tests.factories.providers import Rig, make_rig
from tests.races.together import do_together

pytestmark = pytest.mark.django_db(transaction=True)

PROCESS = """
import json, sys
from datetime import datetime
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from providers.base import Access, Kind
from providers.errors import ProviderUnavailable
from providers.registry import ADAPTERS
from providers.services import call
settings.PROVIDERS = {"alpha": Access("alpha", sys.argv[2], secrets={"api_key": "planted"}, timeout_seconds=5)}
ADAPTERS[Kind.CARD].entries["echo"] = "tests.factories.providers.EchoAdapter"
said = []
for number in range(int(sys.argv[4])):
    try:
        said.append(call(
            provider="alpha", operation="order", operation_id=f"{sys.argv[5]}:{number}",
            ask=lambda adapter: adapter.order("x"), now=datetime.fromisoformat(sys.argv[3]),
        ))
    except ProviderUnavailable as error:
        said.append(error.kind)
print(json.dumps(said))
"""


def processes(rig: Rig, now: datetime, *, count: int, calls: int) -> list[list[str]]:
    """Run processes of their own beside each other, each making so many calls; return what each call came to."""
    database = connection.settings_dict["NAME"]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, database, rig.server.url, now.isoformat(), str(calls), f"process-{number}"],
            cwd=configured.BASE_DIR,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    answers = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0] * count
    return [json.loads(answer.splitlines()[-1]) for answer in answers]


def order(now: datetime, number: int = 0) -> Any:
    return call(
        provider="alpha", operation="order", operation_id=f"{number}", ask=lambda adapter: adapter.order("x"), now=now
    )


@pytest.fixture
def rig(transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with make_rig(settings, monkeypatch) as made:
        settings.PROVIDERS = {"alpha": replace(settings.PROVIDERS["alpha"], timeout_seconds=5.0)}
        yield made


def test_what_one_process_learns_all_know(rig: Rig, now: datetime) -> None:
    rig.answers(503)
    with pytest.raises(ProviderUnavailable):
        order(now)
    rig.answers(200)
    assert processes(rig, now, count=2, calls=3) == [["cooling"] * 3] * 2
    assert len(rig.server.requests) == Call.objects.count() == 1
    (said,) = processes(rig, now + timedelta(seconds=120), count=1, calls=1)
    assert said == ["v-1"]
    assert order(now + timedelta(seconds=120)) == "v-1"


def test_calls_of_many_processes_are_all_counted(rig: Rig, now: datetime) -> None:
    said = processes(rig, now, count=2, calls=20)
    assert said == [["v-1"] * 20] * 2
    row = Health.objects.get()
    assert (row.ok_weight, row.all_weight, row.failures) == (40.0, 40.0, 0)
    assert Call.objects.filter(outcome="answered").count() == 40


def test_calls_at_the_same_moment_are_all_counted(rig: Rig, now: datetime) -> None:
    def ten(first: int) -> list[str]:
        return [order(now, first + number) for number in range(10)]

    assert do_together([partial(ten, 10 * place) for place in range(8)]) == [["v-1"] * 10] * 8
    row = Health.objects.get()
    assert (row.ok_weight, row.all_weight) == (80.0, 80.0)


def test_of_many_who_come_after_a_cool_down_one_goes_first(rig: Rig, now: datetime) -> None:
    rig.answers(503)
    with pytest.raises(ProviderUnavailable):
        order(now)
    released = threading.Event()
    early = []

    def slow(handler: Any) -> None:
        if not released.is_set():
            early.append(handler.path)
        released.wait(5)
        say(200, b'{"id": "v-1"}')(handler)

    rig.server.answer = slow
    threading.Timer(0.3, released.set).start()
    later = now + timedelta(seconds=120)
    outcomes = do_together([partial(order, later, number) for number in range(8)])
    kinds = Counter(getattr(outcome, "kind", outcome) for outcome in outcomes)
    assert kinds["v-1"] >= 1
    assert set(kinds) <= {"v-1", "cooling"}
    assert len(early) == 1
    assert Health.objects.get().failures == 0


def test_of_two_pins_at_once_one_holds(rig: Rig, now: datetime) -> None:
    pins = [partial(set_pinned, provider=code, is_pinned=True, actor="usr_1", now=now) for code in ("alpha", "beta")]
    for _ in range(10):
        assert do_together(pins) == [None, None]
        assert Provider.objects.filter(kind="card", is_pinned=True).count() == 1
