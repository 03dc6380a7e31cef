"""The faucet's doors on the lent networks: a real payment in the mempool, then in a block."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.factories.accounts import make_api_client, make_user
from tests.factories.custody import make_vaults
from tests.nodes.conftest import BitcoinNode
from wallets.queries import deposit_address, get_wallet
from wallets.services import create_wallet


@pytest.mark.django_db
def test_a_wallet_is_paid_and_the_payment_is_mined(
    bitcoin: BitcoinNode, settings: Any, tmp_path: Path, now: Any
) -> None:
    make_vaults(settings, tmp_path)
    user = make_user(now=now)
    wallet_id = create_wallet(user_id=user.pk, network="bitcoin", now=now).pk
    address = deposit_address(get_wallet(user_id=user.pk, wallet_id=wallet_id))
    client = make_api_client(user)

    paid = client.post("/api/v1/devnet/fund", {"wallet_id": wallet_id, "amount": "0.50"}, format="json")
    assert paid.status_code == 202
    txid = paid.json()["txid"]
    assert paid.json() == {"txid": txid, "address": address, "asset": "BTC", "amount": "0.5"}
    assert txid in bitcoin.getrawmempool()

    height = bitcoin.getblockcount()
    mined = client.post("/api/v1/devnet/mine", {"network": "bitcoin", "blocks": 2}, format="json")
    assert (mined.status_code, mined.json()) == (200, {"network": "bitcoin", "height": height + 2})
    outputs = bitcoin.getrawtransaction(txid, True)["vout"]
    assert [each["value"] for each in outputs if each["scriptPubKey"]["address"] == address] == [Decimal("0.5")]
