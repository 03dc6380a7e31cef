"""Who is chosen, because of what, and why the others were not: exact figures."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from providers import policy
from providers.policy import Choice, Facts, Needs, Offer

NEEDS = Needs(operation="initiate_fiat_to_crypto", country="DE", fiat="USD", fiat_amount=Decimal("250.00"), asset="ETH")
ALPHA = Facts("alpha", "Alpha", success_rate=0.98)
BETA = Facts("beta", "Beta", success_rate=0.98)


def offers(**amounts):
    return {code: Offer(Decimal(amount)) for code, amount in amounts.items()}


def ranked(*facts, needs=NEEDS, preference="", **amounts):
    candidates, excluded = policy.rank(facts, needs, offers=offers(**amounts), preference=preference)
    return [candidate.provider for candidate in candidates], candidates, excluded


def test_more_for_the_same_money_comes_first_and_the_figures_are_kept():
    order, candidates, excluded = ranked(ALPHA, BETA, alpha="0.0990", beta="0.1000")
    assert (order, excluded) == (["beta", "alpha"], ())
    assert [candidate.cost_bps for candidate in candidates] == [Decimal("0.00"), Decimal("100.00")]
    assert [candidate.reliability_bps for candidate in candidates] == [Decimal("20.00")] * 2
    assert candidates[1].total_bps == Decimal("120.00")


def test_the_cost_table_counts_on_top_of_the_offer():
    costly = replace(BETA, costs={"USD": {"fixed": "1.00", "bps": "80"}})
    order, candidates, _ = ranked(ALPHA, costly, alpha="0.0990", beta="0.1000")
    assert order == ["alpha", "beta"]
    assert candidates[1].cost_bps == Decimal("120.00")  # 80, and 1 of 250


def test_without_offers_the_cost_table_alone_decides():
    order, candidates, _ = ranked(replace(ALPHA, costs={"*": {"bps": "30"}}), replace(BETA, costs={"*": {"bps": "20"}}))
    assert order == ["beta", "alpha"]
    assert [candidate.amount for candidate in candidates] == [None, None]


def test_a_minute_weighs_a_basis_point():
    slow = replace(BETA, usual_seconds=3_600, latency_ms=1_000.0)
    _, candidates, _ = ranked(replace(ALPHA, usual_seconds=600), slow, alpha="0.1", beta="0.1")
    assert [candidate.seconds for candidate in candidates] == [Decimal("600.00"), Decimal("3601.00")]
    assert [candidate.speed_bps for candidate in candidates] == [Decimal("0.00"), Decimal("50.02")]


def test_what_an_offer_says_of_its_time_counts_more_than_what_is_usual():
    slow = replace(ALPHA, usual_seconds=3_600)
    candidates, _ = policy.rank([slow], NEEDS, offers={"alpha": Offer(Decimal("0.1"), seconds=60)})
    assert candidates[0].seconds == Decimal("60.00")


def test_who_often_fails_loses_to_who_costs_a_little_more():
    order, candidates, _ = ranked(replace(ALPHA, success_rate=0.8), BETA, alpha="0.1000", beta="0.0995")
    assert order == ["beta", "alpha"]
    assert [candidate.total_bps for candidate in candidates] == [Decimal("70.00"), Decimal("200.00")]


@pytest.mark.parametrize(
    ("preference", "first", "why"),
    [
        ("", "gamma", "balance"),
        ("cost", "alpha", "cost"),
        ("speed", "beta", "speed"),
        ("reliability", "gamma", "reliability"),
        ("beta", "beta", "preferred"),
        ("nobody", "gamma", "balance"),
    ],
)
def test_a_person_may_prefer(preference, first, why):
    cheap = replace(ALPHA, success_rate=0.9, usual_seconds=1_200)
    fast = replace(BETA, success_rate=0.9, usual_seconds=10)
    sure = Facts("gamma", "Gamma", success_rate=1.0, usual_seconds=600)
    _, candidates, _ = ranked(cheap, fast, sure, preference=preference, alpha="0.1000", beta="0.0980", gamma="0.0995")
    assert (candidates[0].provider, policy.because(candidates, preference)) == (first, why)


def test_a_pin_comes_before_everything_but_not_before_what_is_possible():
    pinned = replace(ALPHA, is_pinned=True, usual_seconds=9_000, success_rate=0.5)
    order, candidates, _ = ranked(pinned, BETA, preference="beta", alpha="0.01", beta="0.1")
    assert (order[0], policy.because(candidates, "beta")) == ("alpha", "pinned")
    order, candidates, excluded = ranked(replace(pinned, countries=frozenset({"FR"})), BETA, alpha="0.01", beta="0.1")
    assert (order, policy.because(candidates, "")) == (["beta"], "only")
    assert [exclusion.code for exclusion in excluded] == ["country"]


def test_equals_come_in_the_order_of_their_codes():
    assert ranked(BETA, ALPHA, alpha="0.1", beta="0.1")[0] == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("change", "needs", "code", "reason"),
    [
        ({}, {"excluded": frozenset({"alpha"})}, "tried", "Alpha was tried already."),
        ({"is_enabled": False}, {}, "disabled", "Alpha is switched off."),
        ({"is_configured": False}, {}, "not_configured", "Alpha is not set up here."),
        ({"countries": frozenset({"US"})}, {}, "country", "Alpha does not serve DE."),
        ({"fiats": frozenset({"EUR"})}, {}, "fiat", "Alpha does not deal in USD."),
        ({"assets": frozenset({"BTC"})}, {}, "asset", "Alpha does not deal in ETH."),
        ({"limits": {"USD": {"least": "250.01"}}}, {}, "too_little", "Alpha takes 250.01 USD or more."),
        ({"limits": {"USD": {"most": "249.99"}}}, {}, "too_much", "Alpha takes 249.99 USD at most."),
        (
            {"cooling_seconds": 117.2, "last_error": "rate_limited"},
            {},
            "cooling",
            "Alpha is left alone for 118 s more (rate limited).",
        ),
    ],
)
def test_what_keeps_one_out(change, needs, code, reason):
    able, excluded = policy.sort_out([replace(ALPHA, **change), BETA], replace(NEEDS, **needs))
    assert [each.code for each in able] == ["beta"]
    assert [(each.provider, each.code, each.reason) for each in excluded] == [("alpha", code, reason)]


@pytest.mark.parametrize(
    "change",
    [
        {"countries": frozenset({"DE"}), "fiats": frozenset({"USD"}), "assets": frozenset({"ETH"})},
        {"limits": {"USD": {"least": "250", "most": "250"}, "EUR": {"most": "1"}}},
    ],
)
def test_what_does_not(change):
    able, excluded = policy.sort_out([replace(ALPHA, **change)], NEEDS)
    assert ([each.code for each in able], excluded) == (["alpha"], ())


def test_what_is_not_known_keeps_nobody_out():
    strict = replace(ALPHA, countries=frozenset({"US"}), limits={"USD": {"least": "30"}})
    assert policy.sort_out([strict], Needs(operation="quote"))[1] == ()


def test_whoever_made_no_offer_is_out_with_its_words():
    candidates, excluded = policy.rank(
        [ALPHA, BETA, Facts("gamma", "Gamma")],
        NEEDS,
        offers={"alpha": Offer(Decimal("0.1")), "beta": Offer(None, refusal="Beta does not sell on Sundays.")},
    )
    assert [candidate.provider for candidate in candidates] == ["alpha"]
    assert [(each.code, each.reason) for each in excluded] == [
        ("no_offer", "Beta does not sell on Sundays."),
        ("no_offer", "Gamma made no offer."),
    ]


def test_when_all_cool_down_someone_is_tried_all_the_same():
    cooling: dict[str, Any] = {"cooling_seconds": 60.0, "last_error": "timeout"}
    order, candidates, excluded = ranked(replace(ALPHA, **cooling), replace(BETA, **cooling, is_enabled=False))
    assert (order, candidates[0].is_emergency) == (["alpha"], True)
    assert [each.code for each in excluded] == ["disabled"]


def test_a_choice_can_be_stored():
    _, candidates, excluded = ranked(ALPHA, BETA, Facts("gamma", "Gamma", is_enabled=False), alpha="0.1", beta="0.2")
    stored = Choice("beta", "balance", candidates, excluded).as_json()
    assert json.loads(json.dumps(stored)) == stored
    assert stored == {
        "provider": "beta",
        "because": "balance",
        "candidates": [
            {
                "provider": "beta",
                "amount": "0.2",
                "seconds": "0.00",
                "success_rate": "0.98",
                "cost_bps": "0.00",
                "speed_bps": "0.00",
                "reliability_bps": "20.00",
                "total_bps": "20.00",
                "is_pinned": False,
                "is_preferred": False,
                "is_emergency": False,
            },
            {
                "provider": "alpha",
                "amount": "0.1",
                "seconds": "0.00",
                "success_rate": "0.98",
                "cost_bps": "5000.00",
                "speed_bps": "0.00",
                "reliability_bps": "20.00",
                "total_bps": "5020.00",
                "is_pinned": False,
                "is_preferred": False,
                "is_emergency": False,
            },
        ],
        "excluded": [{"provider": "gamma", "code": "disabled", "reason": "Gamma is switched off."}],
    }
