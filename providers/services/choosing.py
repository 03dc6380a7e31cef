"""Who does it: everyone who could is compared, and whoever could not is named with the reason."""

from collections.abc import Mapping
from datetime import datetime

from providers import policy
from providers.base import Kind
from providers.errors import NoProvider
from providers.policy import Choice, Exclusion, Needs, Offer
from providers.queries import facts


def eligible(*, kind: Kind, needs: Needs, now: datetime) -> tuple[tuple[str, ...], tuple[Exclusion, ...]]:
    """Return the codes of the providers that can do it, and why each of the others cannot; two queries."""
    able, excluded = policy.sort_out(facts(kind=kind, operation=needs.operation, now=now), needs)
    return tuple(each.code for each in able), excluded


def choose(*, kind: Kind, needs: Needs, offers: Mapping[str, Offer], preference: str = "", now: datetime) -> Choice:
    """
    Choose a provider by cost, speed, measured reliability, place, the person's preference and the operators' pin.

    Where there are no `offers` at all, cost tables decide the cost. After a failure, choose again with the
    failed one in `needs.excluded`. `preference`: empty, cost, speed, reliability or a provider's code.

    :raises NoProvider: if nobody can do it; its `why` names what kept each of them out
    """
    found = facts(kind=kind, operation=needs.operation, now=now)
    candidates, excluded = policy.rank(found, needs, offers=offers, preference=preference)
    if not candidates:
        raise NoProvider(why=" ".join(exclusion.reason for exclusion in excluded) or "None is set up here.")
    return Choice(candidates[0].provider, policy.because(candidates, preference), candidates, excluded)
