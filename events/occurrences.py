"""What lasts for a while and is told twice: when it begins, and when it is over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from events.models import Event
from events.services import record
from kit.locks import wait_for_turn


def note(*, subject: models.Model, begins: str, ends: str, is_so: bool, now: datetime, data: Mapping[str, Any]) -> bool:
    """
    Record that it begins, or that it is over, if that is news of this subject; return whether it was.

    What was recorded last decides, so it is told once however often and by however many it is looked at. `begins` and
    `ends` are types of events; both have the same data.
    """
    if _lasts(subject, begins, ends) == is_so:
        return False
    with transaction.atomic():
        wait_for_turn(f"events.occurrences:{begins}")
        is_news = _lasts(subject, begins, ends) != is_so
        if is_news:
            record(type=begins if is_so else ends, subject=subject, actor="system", now=now, data=data)
    return is_news


def _lasts(subject: models.Model, begins: str, ends: str) -> bool:
    told = Event.objects.filter(subject=f"{subject._meta.label_lower}:{subject.pk}", type__in=[begins, ends])
    return told.order_by("-id").values_list("type", flat=True).first() == begins
