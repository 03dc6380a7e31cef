"""Whom to choose: a decision as a pure function, every figure and every reason kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

BPS = Decimal(10_000)
BPS_PER_MINUTE = Decimal(1)
"""A minute later than the fastest weighs as much as this much less money."""

BPS_PER_LOST_CALL = Decimal(1_000)
"""Never answering weighs as much as this much less money: each lost call in a hundred, 10 basis points."""

PREFERENCES = ("", "cost", "speed", "reliability")
"""What a person may ask for besides a provider by its code; empty: all three weighed."""

_FIGURE = Decimal("0.01")


@dataclass(frozen=True)
class Needs:
    """
    What has to be done. Empty or None: it does not matter, or is not known.

    `operation` is the one about to be asked for; `excluded` were tried already.
    """

    operation: str
    country: str = ""  # ISO 3166-1 alpha-2 of the person
    fiat: str = ""  # ISO 4217
    fiat_amount: Decimal | None = None  # major units
    asset: str = ""  # our code
    excluded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Offer:
    """What one provider would give; without an amount it would not, and `refusal` says why."""

    amount: Decimal | None  # what the person gets after all fees; the unit is the same in all offers
    seconds: int | None = None  # until it is done; None: as usual
    refusal: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of one provider. Empty collections mean no restriction."""

    code: str
    name: str
    countries: frozenset[str] = frozenset()
    fiats: frozenset[str] = frozenset()
    assets: frozenset[str] = frozenset()
    limits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by fiat: least, most
    costs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by fiat or "*": fixed, bps
    usual_seconds: int = 0
    is_enabled: bool = True
    is_configured: bool = True
    is_pinned: bool = False
    cooling_seconds: float = 0.0
    last_error: str = ""
    success_rate: float = 1.0
    latency_ms: float = 0.0


@dataclass(frozen=True)
class Exclusion:
    """Why one provider was left out: `code` for machines, `reason` for people."""

    provider: str
    code: str
    reason: str


@dataclass(frozen=True)
class Candidate:
    """One that could have been chosen, with the figures it was ranked by; the penalties in basis points of money."""

    provider: str
    amount: Decimal | None
    seconds: Decimal
    success_rate: Decimal
    cost_bps: Decimal
    speed_bps: Decimal
    reliability_bps: Decimal
    is_pinned: bool
    is_preferred: bool
    is_emergency: bool  # it cools down, as all the others do

    @property
    def total_bps(self) -> Decimal:
        return self.cost_bps + self.speed_bps + self.reliability_bps


@dataclass(frozen=True)
class Choice:
    """Who was chosen, because of what, before whom, and who could not be."""

    provider: str
    because: str  # pinned, preferred, only, or by what it ranked: cost, speed, reliability, balance
    candidates: tuple[Candidate, ...]  # best first
    excluded: tuple[Exclusion, ...]

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON holds it, to be stored with what it was chosen for."""
        return {
            "provider": self.provider,
            "because": self.because,
            "candidates": [_candidate_json(candidate) for candidate in self.candidates],
            "excluded": [{"provider": e.provider, "code": e.code, "reason": e.reason} for e in self.excluded],
        }


def sort_out(facts: Iterable[Facts], needs: Needs) -> tuple[tuple[Facts, ...], tuple[Exclusion, ...]]:
    """
    Return who can do it, and why the others cannot.

    If everyone who could is cooling down, they are all returned: someone has to be tried.
    """
    able: list[Facts] = []
    cooling: list[Facts] = []
    excluded: list[Exclusion] = []
    for each in facts:
        exclusion = _exclusion(each, needs)
        if exclusion is not None:
            excluded.append(exclusion)
        elif each.cooling_seconds > 0:
            cooling.append(each)
        else:
            able.append(each)
    if not able:
        return tuple(cooling), tuple(excluded)
    return tuple(able), (*excluded, *map(_cooling, cooling))


def rank(
    facts: Iterable[Facts], needs: Needs, *, offers: Mapping[str, Offer], preference: str = ""
) -> tuple[tuple[Candidate, ...], tuple[Exclusion, ...]]:
    """
    Return the candidates, best first, and why the others are none.

    A pinned one comes first, then the one the person prefers, then by what the person asked for. Where there are
    offers, whoever made none is out. `preference` is one of PREFERENCES or a provider's code.
    """
    able, excluded = sort_out(facts, needs)
    if offers:
        silent = [each for each in able if _amount(offers, each) is None]
        able = tuple(each for each in able if _amount(offers, each) is not None)
        excluded = (*excluded, *(_no_offer(each, offers) for each in silent))
    candidates = _weigh(able, needs, offers, preference)
    return tuple(sorted(candidates, key=lambda candidate: _order(candidate, preference))), excluded


def because(candidates: Sequence[Candidate], preference: str) -> str:
    """Say by what the first of the ranked candidates came first."""
    first = candidates[0]
    if first.is_pinned:
        return "pinned"
    if len(candidates) == 1:
        return "only"
    if first.is_preferred:
        return "preferred"
    return preference if preference in PREFERENCES and preference else "balance"


def _exclusion(each: Facts, needs: Needs) -> Exclusion | None:
    """Return the first thing that keeps it out."""
    if each.code in needs.excluded:
        return Exclusion(each.code, "tried", f"{each.name} was tried already.")
    if not each.is_enabled:
        return Exclusion(each.code, "disabled", f"{each.name} is switched off.")
    if not each.is_configured:
        return Exclusion(each.code, "not_configured", f"{each.name} is not set up here.")
    return _elsewhere(each, needs) or _beyond_limits(each, needs)


def _elsewhere(each: Facts, needs: Needs) -> Exclusion | None:
    if needs.country and each.countries and needs.country not in each.countries:
        return Exclusion(each.code, "country", f"{each.name} does not serve {needs.country}.")
    if needs.fiat and each.fiats and needs.fiat not in each.fiats:
        return Exclusion(each.code, "fiat", f"{each.name} does not deal in {needs.fiat}.")
    if needs.asset and each.assets and needs.asset not in each.assets:
        return Exclusion(each.code, "asset", f"{each.name} does not deal in {needs.asset}.")
    return None


def _beyond_limits(each: Facts, needs: Needs) -> Exclusion | None:
    limits = each.limits.get(needs.fiat)
    if limits is None or needs.fiat_amount is None:
        return None
    if "least" in limits and needs.fiat_amount < Decimal(limits["least"]):
        return Exclusion(each.code, "too_little", f"{each.name} takes {limits['least']} {needs.fiat} or more.")
    if "most" in limits and needs.fiat_amount > Decimal(limits["most"]):
        return Exclusion(each.code, "too_much", f"{each.name} takes {limits['most']} {needs.fiat} at most.")
    return None


def _cooling(each: Facts) -> Exclusion:
    seconds = -int(-each.cooling_seconds // 1)
    words = each.last_error.replace("_", " ")
    return Exclusion(each.code, "cooling", f"{each.name} is left alone for {seconds} s more ({words}).")


def _no_offer(each: Facts, offers: Mapping[str, Offer]) -> Exclusion:
    refusal = offers[each.code].refusal if each.code in offers else ""
    return Exclusion(each.code, "no_offer", refusal or f"{each.name} made no offer.")


def _amount(offers: Mapping[str, Offer], each: Facts) -> Decimal | None:
    return offers[each.code].amount if each.code in offers else None


def _weigh(able: Sequence[Facts], needs: Needs, offers: Mapping[str, Offer], preference: str) -> Iterable[Candidate]:
    best = max((amount for each in able if (amount := _amount(offers, each)) is not None), default=Decimal(0))
    seconds = {each.code: _seconds(each, offers) for each in able}
    fastest = min(seconds.values(), default=Decimal(0))
    for each in able:
        amount = _amount(offers, each)
        short = (best - amount) / best * BPS if amount is not None and best > 0 else Decimal(0)
        rate = Decimal(str(round(each.success_rate, 4)))
        yield Candidate(
            provider=each.code,
            amount=amount,
            seconds=seconds[each.code],
            success_rate=rate,
            cost_bps=(short + _own_cost_bps(each, needs)).quantize(_FIGURE),
            speed_bps=((seconds[each.code] - fastest) / 60 * BPS_PER_MINUTE).quantize(_FIGURE),
            reliability_bps=((1 - rate) * BPS_PER_LOST_CALL).quantize(_FIGURE),
            is_pinned=each.is_pinned,
            is_preferred=each.code == preference,
            is_emergency=each.cooling_seconds > 0,
        )


def _seconds(each: Facts, offers: Mapping[str, Offer]) -> Decimal:
    offered = offers[each.code].seconds if each.code in offers else None
    usual = each.usual_seconds if offered is None else offered
    return (usual + Decimal(round(each.latency_ms)) / 1_000).quantize(_FIGURE)


def _own_cost_bps(each: Facts, needs: Needs) -> Decimal:
    """Return what using it costs by its cost table, in basis points of the amount; the fixed part needs one."""
    costs = each.costs.get(needs.fiat) or each.costs.get("*") or {}
    fixed = Decimal(costs.get("fixed", "0"))
    share = fixed / needs.fiat_amount * BPS if needs.fiat_amount else Decimal(0)
    return Decimal(costs.get("bps", "0")) + share


def _order(candidate: Candidate, preference: str) -> tuple[Any, ...]:
    by = {
        "cost": candidate.cost_bps,
        "speed": candidate.seconds,
        "reliability": -candidate.success_rate,
    }.get(preference, Decimal(0))
    return (not candidate.is_pinned, not candidate.is_preferred, by, candidate.total_bps, candidate.provider)


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    return {
        "provider": candidate.provider,
        "amount": None if candidate.amount is None else format(candidate.amount, "f"),
        "seconds": str(candidate.seconds),
        "success_rate": str(candidate.success_rate),
        "cost_bps": str(candidate.cost_bps),
        "speed_bps": str(candidate.speed_bps),
        "reliability_bps": str(candidate.reliability_bps),
        "total_bps": str(candidate.total_bps),
        "is_pinned": candidate.is_pinned,
        "is_preferred": candidate.is_preferred,
        "is_emergency": candidate.is_emergency,
    }
