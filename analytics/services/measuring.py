"""Taking the figures, once for everybody: a scrape and a page only read what stands here."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections, transaction
from django.utils.module_loading import import_string

from analytics.base import Family
from analytics.models import Figures, Sample
from analytics.queries.families import families

SAMPLES_KEPT = timedelta(days=7)
_KEEP_WORST = """
INSERT INTO analytics_sample AS kept (at, gauges)
SELECT %s, jsonb_object_agg(name, value) FROM unnest(%s::text[], %s::float[]) AS given (name, value)
ON CONFLICT (at) DO UPDATE SET gauges = (
    SELECT jsonb_object_agg(name, greatest((kept.gauges ->> name)::float, (EXCLUDED.gauges ->> name)::float))
    FROM jsonb_object_keys(kept.gauges || EXCLUDED.gauges) AS name)
"""


def measure(*, now: datetime) -> None:
    """
    Take all figures, for the scrapes and pages until the next look, and remember the minute's worst.

    What other apps' work is like is asked of settings.FIGURES: this app knows none of them. Only gauges are remembered
    by the minute (settings.SAMPLED): depths, ages and counts, so that a float holds them; none of them is money.
    """
    look: Callable[..., Iterable[Family]] = import_string(settings.FIGURES)
    found = [*families(now=now), *look(now=now)]
    worst = {family.name: max((value for _, value in family.samples), default=0) for family in _watched(found)}
    with transaction.atomic(using="rates"):
        data = [asdict(family) for family in found]
        Figures.objects.update_or_create(pk=1, defaults={"at": now, "data": data})
        if worst:
            with connections["rates"].cursor() as cursor:
                minute = now.replace(second=0, microsecond=0)
                cursor.execute(_KEEP_WORST, [minute, list(worst), [float(value) for value in worst.values()]])


def forget(*, now: datetime) -> None:
    """Forget the samples that were kept long enough."""
    Sample.objects.filter(at__lt=now - SAMPLES_KEPT).delete()


def _watched(found: Iterable[Family]) -> list[Family]:
    return [family for family in found if family.name in settings.SAMPLED]
