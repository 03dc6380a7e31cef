"""Every on-ramp adapter there is, against the sandbox of its company."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from providers.base import Access, Kind, RampOrder, RampRequest
from providers.registry import ADAPTERS
from tests.factories import vendors
from tests.factories.vendors import Sandboxes

NAMES = ADAPTERS[Kind.ON_RAMP].names()
REQUEST = RampRequest(fiat="USD", fiat_amount=Decimal("250.00"), asset="ETH", network="ethereum", country="DE")
ADDRESS = "0x8ba1f109551bD432803012645Ac136ddd64DBA72"


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[tuple[Sandboxes, dict[str, Access]]]:
    with vendors.own() as opened:
        yield opened


@dataclass
class Rig:
    """One company's adapter and the levers of its sandbox."""

    name: str
    adapter: Any
    sandboxes: Sandboxes
    access: Access

    def scenario(self, **what: Any) -> None:
        self.sandboxes.scenario(self.name, **what)

    def webhook(self, how: str, subject: str) -> vendors.Webhook:
        return self.sandboxes.emit(self.name, subject, how, is_sent=False)[-1]

    def read(self, webhook: vendors.Webhook) -> Any:
        return self.adapter.read_webhook(headers=webhook.headers, raw=webhook.raw, now=datetime.now(UTC))

    def again(self) -> Any:
        """Return an adapter of another process: nothing remembered but what is shared."""
        return ADAPTERS[Kind.ON_RAMP].get(self.name)(self.access)


@pytest.fixture(params=NAMES)
def rig(request, sandboxes, settings) -> Rig:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    levers, accesses = sandboxes
    levers.reset()
    access = accesses[request.param]
    return Rig(request.param, ADAPTERS[Kind.ON_RAMP].get(request.param)(access), levers, access)


def order(operation_id: str) -> RampOrder:
    return RampOrder(
        operation_id=operation_id,
        request=REQUEST,
        address=ADDRESS,
        person="usr_1",
        email="owner@holdfast.example",
        return_url="http://127.0.0.1:8000/wallets/",
    )
