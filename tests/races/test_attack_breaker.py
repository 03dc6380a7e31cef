"""What one person asks for must not have a payment partner left alone for everybody."""

from typing import Any

import pytest

from kit.errors import DomainError
from providers.models import Health
from tests.factories import vendors
from tests.factories.world import World
from transactions.flows.ramp_offers import offers, wish

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(120)]


@pytest.mark.parametrize(("fiat", "country"), [("USD", ""), ("EUR", "KP"), ("GBP", "ZZ")])
@pytest.mark.parametrize("amount", ["0.01", "30", "9" * 40])
def test_no_wish_trips_a_breaker(world: World, amount: str, fiat: str, country: str) -> None:
    vendors.lent()
    person = world.person("ethereum", "bitcoin")
    for network, asset in (("ethereum", "ETH"), ("bitcoin", "BTC")):
        wallet = world.wallet(person, network).pk
        wanted: dict[str, Any] = {"fiat": fiat, "fiat_amount": amount, "country": country}
        asked = wish(user_id=person.pk, wallet_id=wallet, asset=asset, **wanted)
        try:
            offers(asked, subject="test", now=world.now)
        except DomainError:
            continue
    assert not Health.objects.exclude(last_error="").exists(), list(Health.objects.values())
