"""Every message adapter there is, against the sandbox of its company."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.base import Access, Kind, Message, WebhookNews
from providers.registry import ADAPTERS
from tests.factories import vendors
from tests.factories.vendors import Sandboxes

NUMBER = "+4915112345678"


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

    def taken(self) -> list[dict[str, Any]]:
        return self.sandboxes.orders(self.name)

    def webhook(self, how: str, subject: str) -> vendors.Webhook:
        return self.sandboxes.emit(self.name, subject, how, is_sent=False)[-1]

    def read(self, webhook: vendors.Webhook) -> list[WebhookNews]:
        return list(self.adapter.read_webhook(headers=webhook.headers, raw=webhook.raw, now=datetime.now(UTC)))


@pytest.fixture(params=ADAPTERS[Kind.MESSAGE].names())
def rig(request: pytest.FixtureRequest, sandboxes: tuple[Sandboxes, dict[str, Access]]) -> Rig:
    levers, accesses = sandboxes
    levers.reset()
    access = accesses[request.param]
    return Rig(request.param, ADAPTERS[Kind.MESSAGE].get(request.param)(access), levers, access)


def message(text: str = "Holdfast: hello. Ref 7k2m", *, to: str = NUMBER, before: datetime | None = None) -> Message:
    return Message(operation_id="dlv_1", to=to, text=text, asked_before=before)
