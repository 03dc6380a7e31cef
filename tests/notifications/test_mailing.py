"""Mails that are due go out some at a time: each once, each with an end of its own, whoever dies or is slow."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.models import User
from kit import jobs
from kit.ids import new_id
from notifications import services, tasks
from notifications.base import DeliveryFailed, Letter, Receipt, Target
from notifications.models import Attempt, Delivery
from notifications.registry import CHANNELS
from notifications.services import mailing
from tests.factories.crash import Reaper, run_process
from tests.factories.notifications import consume_all, happen, make_person

pytestmark = pytest.mark.django_db(transaction=True)

LEASE = timedelta(minutes=1)


@pytest.fixture
def sending(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Letter], None]], None]:
    """Return what has something happen before each mail is handed over."""
    channel: Any = CHANNELS.get("email")
    send = channel.send

    def set_up(before: Callable[[Letter], None]) -> None:
        def patched(self: Any, letter: Letter, target: Target, *, now: datetime) -> Receipt:
            before(letter)
            receipt: Receipt = send(self, letter, target, now=now)
            return receipt

        monkeypatch.setattr(channel, "send", patched)

    return set_up


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[str]:
    """Return the bells that were rung, and see that no other process of these tests keeps them from it."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": new_id("bel")}
    }
    bells: list[str] = []
    monkeypatch.setattr(jobs, "ring", lambda task, **ids: bells.append(task))
    return bells


def _mails(person: User, count: int, *, now: datetime) -> list[Delivery]:
    for _ in range(count):
        happen(person, now=now)
    consume_all(now=now)
    return list(Delivery.objects.filter(user=person, channel="email").order_by("id"))


def _ends(person: User) -> list[tuple[str, int]]:
    return list(Delivery.objects.filter(user=person).order_by("id").values_list("status", "tries"))


def test_a_batch_of_events_rings_once_for_all_its_mails(now: datetime, rung: list[str]) -> None:
    person = make_person(now=now)
    jobs.take_up(services.MAILS)
    rung.clear()
    _mails(person, 5, now=now)
    assert rung.count("notifications.deliver_mails") == 1
    assert "notifications.deliver" not in rung


def test_what_is_due_is_sent_some_at_a_time(now: datetime) -> None:
    person = make_person(now=now)
    made = _mails(person, 5, now=now)
    assert [services.deliver_mails(now=now, limit=3) for _ in range(3)] == [3, 2, 0]
    assert len(mail.outbox) == 5
    for delivery in made:
        delivery.refresh_from_db()
        assert (delivery.status, delivery.tries, delivery.sent_at, delivery.next_try_at) == ("sent", 1, now, None)
        assert (delivery.asked_at, delivery.updated_at) == (now, now)
        assert Attempt.objects.get(delivery=delivery).is_ok


def test_one_that_fails_keeps_nobody_else_s(now: datetime, sending: Any) -> None:
    person = make_person(now=now)
    made = _mails(person, 3, now=now)

    def refuse(letter: Letter) -> None:
        if letter.id == made[1].notification_id:
            raise DeliveryFailed("The mail server refused the mail.", status=451)
        if letter.id == made[2].notification_id:
            raise DeliveryFailed("The mail server refused the address.", status=550, is_final=True)

    sending(refuse)
    assert services.deliver_mails(now=now) == 3
    found = Delivery.objects.filter(user=person).order_by("id").values_list("status", "next_try_at", "reason")
    assert list(found) == [
        ("sent", None, ""),
        ("waiting", now + timedelta(seconds=5), "The mail server refused the mail."),
        ("failed", None, "The mail server refused the address."),
    ]
    tries = Attempt.objects.order_by("delivery_id").values_list("is_ok", "status")
    assert list(tries) == [(True, None), (False, 451), (False, 550)]


HOSTILE = "a@\u202ebank.example"
"""Django takes it for an address; no mail can be written to it."""


def test_an_address_that_no_mail_can_be_written_to_has_nobody_told_twice(now: datetime) -> None:
    """It comes from whoever signs up, and alerts go to addresses that are not proved yet."""
    person, hostile = make_person(now=now), make_person(now=now)
    User.objects.filter(pk=hostile.pk).update(email=HOSTILE)
    for each in (person, hostile, person):
        happen(each, now=now)
    consume_all(now=now)
    for minutes in range(3):
        services.deliver_mails(now=now + minutes * LEASE)
    assert (_ends(person), _ends(hostile)) == ([("sent", 1)] * 2, [("failed", 1)])
    assert [each.to for each in mail.outbox] == [[person.email]] * 2


def test_a_mistake_of_ours_with_one_mail_sends_no_other_twice(now: datetime, sending: Any) -> None:
    person = make_person(now=now)
    made = _mails(person, 3, now=now)

    def break_down(letter: Letter) -> None:
        if letter.id == made[1].notification_id:
            raise AssertionError("a bug")

    sending(break_down)
    for minutes in range(2):
        with pytest.raises(AssertionError):
            services.deliver_mails(now=now + minutes * LEASE)
        services.deliver_mails(now=now + minutes * LEASE)
    assert _ends(person) == [("sent", 1), ("waiting", 2), ("sent", 1)]
    assert len(mail.outbox) == 2


def test_what_a_slow_server_leaves_no_time_for_is_left_to_the_next(
    now: datetime, sending: Any, monkeypatch: pytest.MonkeyPatch, rung: list[str]
) -> None:
    person = make_person(now=now)
    _mails(person, 3, now=now)
    jobs.take_up(services.MAILS)
    rung.clear()
    monkeypatch.setattr(mailing, "ENOUGH_SECONDS", -1)
    assert services.deliver_mails(now=now) == 0
    assert _ends(person) == [("waiting", 0)] * 3
    assert rung == ["notifications.deliver_mails"]
    monkeypatch.setattr(mailing, "ENOUGH_SECONDS", 60)
    services.deliver_mails(now=now)
    assert _ends(person) == [("sent", 1)] * 3
    assert len(mail.outbox) == 3


def test_two_side_by_side_send_each_once(now: datetime, sending: Any) -> None:
    person = make_person(now=now)
    _mails(person, 6, now=now)
    both = threading.Barrier(2, timeout=60)
    seen: set[int] = set()

    def meet(_letter: Letter) -> None:
        if threading.get_ident() not in seen:  # each has taken its own by now
            seen.add(threading.get_ident())
            both.wait()

    sending(meet)

    def work() -> None:
        try:
            services.deliver_mails(now=now, limit=3)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _ends(person) == [("sent", 1)] * 6
    assert len(mail.outbox) == 6


def test_gathered_mails_do_not_go_by_themselves(now: datetime, settings: Any) -> None:
    settings.NOTIFICATION_MAILS_PER_HOUR = 1
    person = make_person(now=now)
    _mails(person, 4, now=now)
    later = now + timedelta(hours=2)
    assert services.deliver_mails(now=later) == 1
    assert [status for status, _ in _ends(person)] == ["sent", "gathered", "gathered", "gathered"]


def test_the_sweep_rings_for_lost_bells(settings: Any, rung: list[str]) -> None:
    settings.NOTIFICATION_MAILS_PER_HOUR = 1
    long_ago = timezone.now() - timedelta(hours=3)
    person = make_person(now=long_ago)
    _mails(person, 3, now=long_ago)
    jobs.take_up(services.MAILS)
    rung.clear()
    tasks.deliver_due()
    assert Counter(rung) == {"notifications.deliver_mails": 1, "notifications.deliver": 2}  # two are gathered
    tasks.deliver_mails()
    jobs.take_up(services.MAILS)
    rung.clear()
    tasks.deliver_due()
    assert Counter(rung) == {"notifications.deliver": 2}
    assert len(mail.outbox) == 1


def test_whoever_dies_among_several_mails_loses_none(now: datetime) -> None:
    person = make_person(now=now)
    moments = []
    for kill_at in range(1, 30):
        at = now + timedelta(hours=2 * kill_at)  # so that no limit is reached
        made = {delivery.pk for delivery in _mails(person, 3, now=at) if delivery.created_at == at}

        def send(reaper: Reaper, at: datetime = at) -> None:
            _stand_behind(reaper)
            services.deliver_mails(now=at)

        outcome = run_process(send, kill_at=kill_at, networks=[])
        services.deliver_mails(now=at + LEASE)
        ended = Delivery.objects.filter(pk__in=made).values_list("status", "tries")
        assert [status for status, _ in ended] == ["sent"] * 3, f"killed at {outcome.moment}"
        assert all(tries <= 2 for _, tries in ended), f"killed at {outcome.moment}"
        if outcome.is_done:
            break
        moments.append(outcome.moment.partition(" \n")[0])
    assert moments == ["autocommit", *["handed over"] * 3, "commit"]


def _stand_behind(reaper: Reaper) -> None:
    """Let this process be killed whenever a mail is handed over, too."""
    send = mailing.send  # type: ignore[attr-defined]

    def reaped(*arguments: Any, **named: Any) -> Any:
        outcome = send(*arguments, **named)
        reaper.pass_by("handed over")
        return outcome

    mailing.send = reaped  # type: ignore[attr-defined]
