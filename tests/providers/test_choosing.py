"""Choosing among rows: health, pins and settings count, and nobody is left out without a reason."""

from datetime import timedelta
from decimal import Decimal

import pytest

from providers.base import Kind
from providers.errors import NoProvider, ProviderUnavailable
from providers.models import Health, Provider
from providers.policy import Needs, Offer
from providers.services import call, choose, eligible, set_pinned

pytestmark = pytest.mark.django_db

NEEDS = Needs(operation="order", country="DE", fiat="USD", fiat_amount=Decimal(100), asset="ETH")
OFFERS = {"alpha": Offer(Decimal("0.040")), "beta": Offer(Decimal("0.039"))}


def chosen(now, *, needs=NEEDS, preference=""):
    return choose(kind=Kind.CARD, needs=needs, offers=OFFERS, preference=preference, now=now)


def test_the_better_offer_is_chosen_and_everything_is_kept(rig, now, django_assert_num_queries):
    with django_assert_num_queries(2):
        choice = chosen(now)
    assert (choice.provider, choice.because) == ("alpha", "balance")
    assert [(c.provider, c.cost_bps) for c in choice.candidates] == [
        ("alpha", Decimal("0.00")),
        ("beta", Decimal("250.00")),
    ]


def test_failover_is_choosing_again(rig, now):
    rig.answers(500)
    with pytest.raises(ProviderUnavailable):
        call(provider="alpha", operation="order", operation_id="x", ask=lambda adapter: adapter.order("x"), now=now)
    again = chosen(now, needs=Needs(operation="order", excluded=frozenset({"alpha"})))
    assert (again.provider, [e.code for e in again.excluded]) == ("beta", ["tried"])
    assert [e.reason for e in chosen(now).excluded] == ["Alpha is left alone for 120 s more (server)."]
    later = chosen(now + timedelta(seconds=120))
    assert later.provider == "alpha"
    assert later.candidates[0].success_rate == Decimal("0.8172")  # 4.9 of 6, faded by two minutes


def test_one_whose_ping_fails_is_not_chosen(rig, now):
    Health.objects.create(
        provider_id="alpha",
        operation="ping",
        failures=1,
        last_error="connection",
        cooling_until=now + timedelta(days=1),
    )
    assert chosen(now).provider == "beta"


def test_a_pin_and_a_preference_count(rig, now):
    assert chosen(now, preference="beta").because == "preferred"
    set_pinned(provider="beta", is_pinned=True, actor="usr_1", now=now)
    assert (chosen(now).provider, chosen(now).because) == ("beta", "pinned")


def test_who_can_do_it_at_all(rig, now, settings):
    Provider.objects.filter(pk="alpha").update(countries=["FR"])
    able, excluded = eligible(kind=Kind.CARD, needs=NEEDS, now=now)
    assert (able, [(e.provider, e.code) for e in excluded]) == (("beta",), [("alpha", "country")])
    settings.PROVIDERS = {"alpha": settings.PROVIDERS["alpha"]}
    with pytest.raises(NoProvider) as refusal:
        chosen(now)
    assert refusal.value.why == "Alpha does not serve DE. Beta is not set up here."


def test_the_first_providers_are_there(db):
    kinds = dict(Provider.objects.values_list("code", "kind"))
    assert {
        "moonpay": "on_ramp",
        "transak": "on_ramp",
        "coingecko": "price",
        "binance": "price",
    }.items() <= kinds.items()
