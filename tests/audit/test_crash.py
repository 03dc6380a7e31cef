"""kill -9 at every commit of copying and sealing, with real processes: each event once, each checkpoint once."""

import itertools
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from audit.models import Entry
from audit.services import copy, export, seal
from audit.verify import verify
from events import stream
from tests.factories.audit import make_events
from tests.factories.crash import Reaper, run_process

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


def test_every_event_is_copied_once_wherever_the_copier_dies(public_key: str, settings: Any, now: datetime) -> None:
    settings.AUDIT_CHECKPOINT_ENTRIES = 3
    moments: list[str] = []

    def work(reaper: Reaper) -> None:
        while copy(limit=3).is_more:
            seal(now=now)
        seal(now=now)

    for number in itertools.count(1):
        now += timedelta(minutes=6)
        make_events(8, now=now)
        outcome = run_process(work, kill_at=number, networks=[])
        if not outcome.is_done:
            moments.append(outcome.moment)
            run_process(work, kill_at=None, networks=[])
        expected = [fact.place.id for fact in stream.after(stream.START, limit=1_000)]
        assert list(Entry.objects.order_by("position").values_list("event_id", flat=True)) == expected
        assert list(Entry.objects.order_by("position").values_list("position", flat=True)) == [
            *range(1, 8 * number + 1)
        ]
        anchored = Path(settings.AUDIT_ANCHOR_FILE).read_text().splitlines()
        report = verify(export(), public_keys=[public_key], anchor=anchored)
        assert report.problems == report.notes == []
        if outcome.is_done:
            break
    assert moments.count("commit") >= 5
    lines = Path(settings.AUDIT_ANCHOR_FILE).read_text().splitlines()
    numbers = [json.loads(json.loads(line)["content"])["number"] for line in lines]
    assert numbers == [*range(1, len(numbers) + 1)]
