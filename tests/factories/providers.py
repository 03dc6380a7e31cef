"""Two providers of a test's own, whose adapter is real and speaks to a server the test answers for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.adapters.client import VendorClient
from providers.base import Access, Kind
from providers.errors import ProviderRefused
from providers.models import Provider
from providers.registry import ADAPTERS
from tests.factories.http_servers import HttpServer, http_server, say

KEY = "planted-api-key-7Qx/9"
MAIL = "ada.lovelace@example.com"


class EchoAdapter:
    """Speaks a vendor's dialect of two words."""

    def __init__(self, access: Access) -> None:
        self._client = VendorClient(access)
        self._key = access.secrets["api_key"]

    def order(self, operation_id: str) -> str:
        answer = self._client.request(
            "POST",
            "/orders",
            query={"apiKey": self._key},
            json={"id": operation_id, "email": MAIL},
            headers={"Authorization": f"Api-Key {self._key}"},
        )
        if answer.status >= 400:
            raise ProviderRefused(reason=f"{answer.data['message']}")
        return str(answer.data["id"])

    def ping(self) -> None:
        self._client.request("GET", "/ping")


@dataclass
class Rig:
    """Alpha answers as `server.answer` says; beta is of the same kind and is nowhere."""

    server: HttpServer

    def answers(self, status: int, body: bytes = b'{"id": "v-1"}') -> None:
        self.server.answer = say(status, body)


@contextmanager
def make_rig(settings: Any, patch: pytest.MonkeyPatch) -> Iterator[Rig]:
    patch.setitem(ADAPTERS[Kind.CARD].entries, "echo", "tests.factories.providers.EchoAdapter")
    begun = datetime(2026, 11, 1, tzinfo=UTC)
    for code in ("alpha", "beta"):
        Provider.objects.create(code=code, kind=Kind.CARD, adapter="echo", name=code.title(), updated_at=begun)
    with http_server(say(200, b'{"id": "v-1"}')) as server:
        settings.PROVIDERS = {
            "alpha": Access("alpha", server.url, secrets={"api_key": KEY}, timeout_seconds=0.5),
            "beta": Access("beta", "http://127.0.0.1:1", secrets={"api_key": KEY}, timeout_seconds=0.5),
        }
        yield Rig(server)
