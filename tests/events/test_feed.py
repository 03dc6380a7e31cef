"""The relay turns live facts into each person's gapless feed, whoever writes and whoever relays."""

import threading
from datetime import datetime

import pytest
from django.db import connection, transaction

from accounts.models import User
from events import queries, services
from events.models import Event, FeedItem, Pending
from events.services import Live
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def _say(user: User, number: int, now: datetime) -> None:
    with transaction.atomic():
        services.record(
            type="x.said",
            subject=user,
            actor="system",
            user_id=user.pk,
            now=now,
            live=Live("notification", {"number": number}),
        )


def _sequences(user: User) -> list[int]:
    return list(FeedItem.objects.filter(user_id=user.pk).order_by("sequence").values_list("sequence", flat=True))


def test_messages_follow_in_order_and_once(now: datetime) -> None:
    one, other = make_user(now=now), make_user(now=now)
    for number in range(3):
        _say(one, number, now)
    _say(other, 9, now)
    assert services.relay() == sorted([one.pk, other.pk])
    assert services.relay() == []
    shown = queries.feed_after(user_id=one.pk, sequence=0)
    assert [(item["sequence"], item["data"]) for item in shown] == [
        (1, {"number": 0}),
        (2, {"number": 1}),
        (3, {"number": 2}),
    ]
    assert queries.feed_after(user_id=one.pk, sequence=2) == shown[2:]
    assert queries.feed_head(user_id=other.pk) == 1
    assert not Pending.objects.exists()


def test_an_event_that_commits_late_is_not_missed(now: datetime) -> None:
    """Ids are given out before commits: a relay that ran in between must still find the late one."""
    user = make_user(now=now)
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                services.record(
                    type="x.said",
                    subject=user,
                    actor="system",
                    user_id=user.pk,
                    now=now,
                    live=Live("notification", {"number": 0}),
                )
                written.set()
                go_on.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    _say(user, 1, now)
    services.relay()
    go_on.set()
    thread.join(10)
    services.relay()
    assert [item["data"]["number"] for item in queries.feed_after(user_id=user.pk, sequence=0)] == [1, 0]
    assert _sequences(user) == [1, 2]


def test_what_is_private_is_shown_to_its_owner_and_kept_by_no_event(now: datetime) -> None:
    """Of facts that are written together, each has its own, and what it does not show beside stays as it is."""
    one, other = make_user(now=now), make_user(now=now)
    told: list[tuple[User, Live | None]] = [
        (one, Live("notification", {"number": 0, "to": ""}, {"to": "ada@example.com"})),
        (one, None),
        (other, Live("notification", {"number": 1})),
        (one, Live("notification", {"number": 2}, {"memo": "for lunch", "filters": {"text": "grace@example.com"}})),
    ]
    with transaction.atomic(), services.gather():
        for user, live in told:
            services.record(type="x.said", subject=user, actor="system", user_id=user.pk, now=now, live=live)
    assert [event.live_data for event in Event.objects.filter(type="x.said").order_by("id")] == [
        {"number": 0, "to": ""},
        None,
        {"number": 1},
        {"number": 2},
    ]
    services.relay()
    assert [item["data"] for item in queries.feed_after(user_id=one.pk, sequence=0)] == [
        {"number": 0, "to": "ada@example.com"},
        {"number": 2, "memo": "for lunch", "filters": {"text": "grace@example.com"}},
    ]
    assert [item["data"] for item in queries.feed_after(user_id=other.pk, sequence=0)] == [{"number": 1}]
    assert not Pending.objects.exists()


def test_many_writers_and_relays_at_once_leave_no_gap(now: datetime) -> None:
    users = [make_user(now=now) for _ in range(3)]
    failures: list[BaseException] = []

    def work(position: int) -> None:
        try:
            for number in range(20):
                _say(users[(position + number) % 3], number, now)
                if number % 3 == 0:
                    services.relay(limit=7)
        except BaseException as error:  # noqa: BLE001  # shown by the assertion below
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(position,)) for position in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    while services.relay():
        pass
    assert failures == []
    assert sum(len(_sequences(user)) for user in users) == 120
    for user in users:
        assert _sequences(user) == list(range(1, len(_sequences(user)) + 1))
    assert FeedItem.objects.values("event_id").distinct().count() == 120
    assert Event.objects.filter(type="x.said").count() == 120
