"""The sandboxes as a devnet runs them: as a program of its own, delivering real coins on the local networks."""

import os
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from devnet import jsonrpc
from devnet.ethereum import Anvil
from devnet.vendors.keys import CONTROL_URL
from providers.base import Kind, RampStage
from providers.registry import ADAPTERS
from tests.contracts.on_ramp.conftest import NAMES, order
from tests.factories import vendors

pytestmark = pytest.mark.skipif(CONTROL_URL not in os.environ, reason="no sandboxes are lent")

PLACES = {
    ("ETH", "ethereum"): "0x00000000000000000000000000000000000DEC0d",
    ("BTC", "bitcoin"): "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
}


@pytest.mark.parametrize(("asset", "network"), PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_what_was_paid_for_arrives_on_the_chain(name: str, asset: str, network: str, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    sandboxes = vendors.lent()
    adapter = ADAPTERS[Kind.ON_RAMP].get(name)(settings.PROVIDERS[name])
    asked = order(f"op-{name}-{asset}")
    asked = replace(asked, address=PLACES[asset, network], request=replace(asked.request, asset=asset, network=network))
    vendors.choose(adapter.initiate_fiat_to_crypto(asked).pay_url, "pay")
    sandboxes.advance(200)
    state = adapter.check_payment_status(asked.operation_id)
    assert state.stage == RampStage.COMPLETED
    url = settings.NETWORKS[network].rpc_urls[0]
    assert _arrived(url, state.crypto_txid, asked.address) == state.crypto_amount


def _arrived(url: str, txid: str, address: str) -> Decimal:
    """Return what the transaction pays to the address, in major units, as the node has it."""
    if txid.startswith("0x"):
        found = Anvil(url).call("eth_getTransactionByHash", txid)
        assert found["to"].lower() == address.lower()
        return Decimal(int(found["value"], 16)) / 10**18
    found = jsonrpc.call(url, "getrawtransaction", txid, True)
    return sum((out["value"] for out in found["vout"] if out["scriptPubKey"].get("address") == address), Decimal(0))
