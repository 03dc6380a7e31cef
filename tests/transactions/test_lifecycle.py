"""One way to change a status: along the table, by whoever is first, with its fact or not at all."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction as database
from django.utils import timezone

from events.models import Event
from kit.states import IllegalMove
from tests.factories.engine import put_in
from tests.factories.pages import Past, make_past
from transactions.flows import send
from transactions.models import STATUS_FLOW, Status, Transaction
from transactions.services import lifecycle, schedule

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=timezone.now())


def test_whoever_holds_a_stale_copy_changes_nothing(past: Past) -> None:
    first, stale = (Transaction.objects.get(pk=past.send.pk) for _ in range(2))
    lifecycle.move(first, Status.PROVIDER_SELECTED, now=timezone.now())
    facts = Event.objects.count()
    with pytest.raises(IllegalMove), database.atomic():
        lifecycle.move(stale, Status.COMPENSATING, now=timezone.now(), failure_code="cancelled")
    after = Transaction.objects.get(pk=past.send.pk)
    assert (after.status, after.failure_code) == (Status.PROVIDER_SELECTED, "")
    assert Event.objects.count() == facts


@pytest.mark.parametrize("source", list(Status))
def test_only_the_moves_of_the_table_are_made(past: Past, source: Status) -> None:
    for target in Status:
        with database.atomic():
            row = put_in(past.send, source)
            facts = Event.objects.count()
            if target in STATUS_FLOW.moves[source]:
                lifecycle.move(row, target, now=timezone.now())
                assert Event.objects.order_by("id").last().type == f"transaction.{target}"  # type: ignore[union-attr]
            else:
                with pytest.raises(IllegalMove):
                    lifecycle.move(row, target, now=timezone.now())
                assert Event.objects.count() == facts
            database.set_rollback(True)


def test_a_claimed_row_is_left_alone_until_its_lease_ends(past: Past) -> None:
    now = timezone.now()
    claimed = schedule.claim(now=now)
    assert claimed == past.send
    assert schedule.claim(now=now + schedule.LEASE / 2) is None
    again = schedule.claim(now=now + schedule.LEASE)
    assert again == past.send
    assert again.looked_at_count == 2


def test_what_has_failed_is_never_looked_at_again(past: Past) -> None:
    now = timezone.now()
    send.cancel(user_id=past.owner.pk, transaction=past.send, now=now)
    schedule.wake(past.send.pk, now=now)
    assert Transaction.objects.get(pk=past.send.pk).next_look_at is None
    assert schedule.claim(now=now + schedule.LEASE) is None


def test_every_claim_has_a_number_of_its_own(past: Past) -> None:
    now = timezone.now()
    claims = [schedule.claim(now=now + number * schedule.LEASE) for number in range(1, 4)]
    assert [claimed.lease for claimed in claims if claimed] == [1, 2, 3]
