"""Switches with their events, pings, and what is forgotten."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from events.models import Event
from kit.errors import NotFound
from providers.errors import ProviderUnavailable
from providers.models import Call, Health, Provider
from providers.queries import breakers
from providers.services import call, check_health, end_cool_down, forget_calls, set_enabled, set_pinned

pytestmark = pytest.mark.django_db


def facts():
    return list(Event.objects.order_by("id").values_list("type", "subject", "actor"))


def order(now):
    return call(provider="alpha", operation="order", operation_id="x", ask=lambda adapter: adapter.order("x"), now=now)


def test_a_switch_is_an_event_and_only_if_it_changes_something(rig, now):
    for is_enabled in (True, False, False, True):
        set_enabled(provider="alpha", is_enabled=is_enabled, actor="usr_1", now=now)
        assert Provider.objects.get(pk="alpha").is_enabled is is_enabled
    assert facts() == [
        ("provider.disabled", "providers.provider:alpha", "usr_1"),
        ("provider.enabled", "providers.provider:alpha", "usr_1"),
    ]
    with pytest.raises(NotFound):
        set_enabled(provider="nobody", is_enabled=True, actor="usr_1", now=now)
    assert len(facts()) == 2


def test_one_of_a_kind_is_pinned(rig, now):
    set_pinned(provider="alpha", is_pinned=True, actor="usr_1", now=now)
    set_pinned(provider="beta", is_pinned=True, actor="usr_2", now=now)
    set_pinned(provider="beta", is_pinned=True, actor="usr_2", now=now)
    set_pinned(provider="moonpay", is_pinned=True, actor="usr_2", now=now)  # another kind
    assert set(Provider.objects.filter(is_pinned=True).values_list("pk", flat=True)) == {"beta", "moonpay"}
    set_pinned(provider="alpha", is_pinned=False, actor="usr_3", now=now)  # is not
    set_pinned(provider="beta", is_pinned=False, actor="usr_3", now=now)
    assert [(kind, subject.split(":")[1], actor) for kind, subject, actor in facts()] == [
        ("provider.pinned", "alpha", "usr_1"),
        ("provider.unpinned", "alpha", "usr_2"),
        ("provider.pinned", "beta", "usr_2"),
        ("provider.pinned", "moonpay", "usr_2"),
        ("provider.unpinned", "beta", "usr_3"),
    ]


def test_postgresql_lets_nobody_pin_two(rig):
    with pytest.raises(IntegrityError), transaction.atomic():
        Provider.objects.filter(pk__in=["alpha", "beta"]).update(is_pinned=True)


def test_a_new_key_can_be_tried_at_once(rig, now):
    rig.answers(403)
    with pytest.raises(ProviderUnavailable):
        order(now)
    rig.answers(200)
    with pytest.raises(ProviderUnavailable):
        order(now + timedelta(seconds=1))
    end_cool_down(provider="alpha", actor="usr_1", now=now + timedelta(seconds=2))
    assert order(now + timedelta(seconds=2)) == "v-1"
    end_cool_down(provider="alpha", actor="usr_1", now=now + timedelta(seconds=3))  # nothing to end
    assert facts() == [("provider.cool_down_ended", "providers.provider:alpha", "usr_1")]
    assert Event.objects.get().data == {"operations": ["order"]}


def pings(rig):
    return [path for _, path, _, _ in rig.server.requests].count("/ping")


def test_a_ping_goes_to_who_was_not_asked_lately(rig, now):
    check_health(now=now)
    assert pings(rig) == 1
    assert Health.objects.get(provider="beta", operation="ping").last_error == "connection"
    check_health(now=now + timedelta(seconds=299))
    assert pings(rig) == 1
    check_health(now=now + timedelta(seconds=300))
    assert pings(rig) == 2
    set_enabled(provider="alpha", is_enabled=False, actor="usr_1", now=now)
    check_health(now=now + timedelta(seconds=900))
    assert pings(rig) == 2


@pytest.mark.parametrize(("status", "is_mended"), [(500, True), (429, False), (403, False)])
def test_a_ping_shows_that_an_outage_is_over_but_lifts_no_ban(rig, now, status, is_mended):
    rig.answers(status)
    with pytest.raises(ProviderUnavailable):
        order(now)
    rig.answers(200)
    later = now + timedelta(seconds=60)
    check_health(now=later)
    assert pings(rig) == 1
    if is_mended:
        assert order(later) == "v-1"
    else:
        with pytest.raises(ProviderUnavailable, match="left alone"):
            order(later)


def test_an_adapter_without_a_ping_is_left_in_peace(rig, now, settings, monkeypatch):
    monkeypatch.delattr("tests.factories.providers.EchoAdapter.ping")
    check_health(now=now)
    assert (rig.server.requests, Call.objects.count()) == ([], 0)


def test_old_calls_are_forgotten_and_those_that_only_read_sooner(rig, now, settings):
    settings.PROVIDER_LOG_DAYS, settings.PROVIDER_READ_LOG_DAYS = 90, 3
    ages = [("alpha", 91), ("alpha", 89), ("coingecko", 4), ("coingecko", 2), ("coingecko", 100)]
    for provider, days in ages:
        Call.objects.create(
            provider_id=provider, operation="x", operation_id=f"{days}", asked_at=now - timedelta(days=days)
        )
    assert forget_calls(now=now) == 3
    assert forget_calls(now=now) == 0
    assert list(Call.objects.order_by("pk").values_list("operation_id", flat=True)) == ["89", "2"]


def test_the_monitoring_sees_what_is_open(rig, now):
    rig.answers(500)
    with pytest.raises(ProviderUnavailable):
        order(now)
    (seen,) = breakers(now=now)
    assert (seen.provider, seen.operation, seen.is_open) == ("alpha", "order", True)
    assert seen.success_rate == pytest.approx(4.9 / 6)
    assert [each.is_open for each in breakers(now=now + timedelta(seconds=120))] == [False]
