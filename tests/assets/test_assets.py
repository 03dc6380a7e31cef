"""What exists, by query and by API."""

from dataclasses import replace
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from assets import queries
from assets.errors import UnknownAsset, UnknownNetwork
from assets.models import Asset
from ledger.models import Account
from ledger.services import Purpose, open_account
from tests.factories.accounts import make_user
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def client():
    return APIClient()


def test_networks_are_listed_with_what_they_take(client):
    answer = client.get("/api/v1/networks")
    assert answer.status_code == 200
    networks = {network["code"]: network for network in answer.json()}
    assert list(networks) == ["bitcoin", "ethereum", "polygon", "bsc", "solana", "stellar", "sui"]
    assert (networks["bitcoin"]["family"], networks["bitcoin"]["native_asset"]) == ("bitcoin", "BTC")
    assert (networks["ethereum"]["family"], networks["ethereum"]["native_asset"]) == ("evm", "ETH")
    assert all(network["confirmations"] > 0 and network["block_seconds"] > 0 for network in networks.values())
    assert all(network["available"] is True for network in networks.values())


def test_a_network_without_nodes_is_listed_as_not_available(client, settings):
    settings.NETWORKS = {**settings.NETWORKS, "bitcoin": replace(settings.NETWORKS["bitcoin"], rpc_urls=())}
    networks = {network["code"]: network["available"] for network in client.get("/api/v1/networks").json()}
    rest = ["ethereum", "polygon", "bsc", "solana", "stellar", "sui"]
    assert networks == {"bitcoin": False, **dict.fromkeys(rest, True)}
    assert [network.code for network in queries.list_available_networks()] == rest


def test_endpoints_with_their_credentials_are_shown_nowhere(client, settings):
    config = settings.NETWORKS["bitcoin"]
    secret = "http://someone:s3cret@127.0.0.1:1"
    settings.NETWORKS = {**settings.NETWORKS, "bitcoin": type(config)(**{**config.__dict__, "rpc_urls": (secret,)})}
    assert "s3cret" not in client.get("/api/v1/networks").content.decode()


def test_assets_are_listed_in_order_with_their_decimals(client):
    answer = client.get("/api/v1/assets")
    assert answer.status_code == 200
    assert [(asset["code"], asset["kind"], asset["scale"], asset["network"]) for asset in answer.json()] == [
        ("BTC", "native", 8, "bitcoin"),
        ("ETH", "native", 18, "ethereum"),
        ("USDC.ETH", "token", 6, "ethereum"),
        ("POL", "native", 18, "polygon"),
        ("USDC.POL", "token", 6, "polygon"),
        ("BNB", "native", 18, "bsc"),
        ("USDC.BNB", "token", 18, "bsc"),
        ("SOL", "native", 9, "solana"),
        ("USDC.SOL", "token", 6, "solana"),
        ("XLM", "native", 7, "stellar"),
        ("USDC.XLM", "token", 7, "stellar"),
        ("SUI", "native", 9, "sui"),
        ("USDC.SUI", "token", 6, "sui"),
        ("USD", "fiat", 2, None),
        ("EUR", "fiat", 2, None),
    ]


def test_both_lists_cost_no_query_once_known(client, django_assert_num_queries):
    for path in ("networks", "assets"):
        first = client.get(f"/api/v1/{path}")
        with django_assert_num_queries(0):
            again = client.get(f"/api/v1/{path}")
        assert (again.status_code, again.json()) == (200, first.json())


def test_lists_cannot_be_written_to(client):
    for path in ("networks", "assets"):
        assert client.post(f"/api/v1/{path}", {}, format="json").status_code in {401, 403, 405}


def test_the_native_asset_pays_the_fees():
    assert queries.native_asset("bitcoin").code == "BTC"
    assert queries.native_asset("ethereum").code == "ETH"


def test_what_is_unknown_is_refused():
    with pytest.raises(UnknownAsset):
        queries.get_asset("XXX")
    with pytest.raises(UnknownNetwork):
        queries.get_network("XXX")


@pytest.mark.parametrize(("kind", "network"), [("fiat", "bitcoin"), ("native", None), ("token", None)])
def test_an_asset_lives_where_its_kind_does(kind, network):
    before = Asset.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        Asset.objects.create(code="NEW", name="New", kind=kind, scale=2, network_id=network, contract="c", position=9)
    assert Asset.objects.count() == before


def test_a_tokens_contract_is_that_of_the_chain_in_use(settings):
    """Of the main chain it comes with the release, elsewhere it is configured; what nobody names is not offered."""
    main = replace(settings.NETWORKS["bsc"], has_main_tokens=True, tokens=())
    for config, wanted in (
        (main, "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d"),
        (replace(main, tokens=(("USDC.BNB", "0x" + "1" * 40), ("ETH", "0x" + "2" * 40))), "0x" + "1" * 40),
    ):
        settings.NETWORKS = {**settings.NETWORKS, "bsc": config}
        queries.forget()
        assert queries.get_asset("USDC.BNB").contract == wanted
        assert queries.get_asset("BNB").contract == queries.get_asset("ETH").contract == ""
    settings.NETWORKS = {**settings.NETWORKS, "bsc": replace(main, has_main_tokens=False)}
    queries.forget()
    with pytest.raises(UnknownAsset):
        queries.get_asset("USDC.BNB")
    assert queries.get_asset("BNB").network_id == "bsc"
    queries.forget()


def test_wallets_from_before_get_their_accounts_of_a_new_token():
    """What migration 0022 of transactions does for USDC, done for another token."""
    module = import_module("transactions.migrations.0022_token_accounts")
    user = make_user()
    now = timezone.now()
    for code in ("wallet:wal_old:available", "wallet:wal_old:held", "network:ethereum:treasury"):
        purpose = {"available": "user_available", "held": "user_held", "treasury": "treasury"}[code.rpartition(":")[2]]
        open_account(code=code, asset="ETH", purpose=Purpose(purpose), now=now)
    Wallet.objects.create(id="wal_old", user=user, network_id="ethereum", created_at=now)
    Asset.objects.create(
        code="NEW", name="New", kind="token", scale=6, network_id="ethereum", contract="0x1", position=99
    )
    with connection.cursor() as cursor:
        for _ in range(2):  # harmless twice
            cursor.execute(module.OPEN, {"asset": "NEW", "network": "ethereum"})
    found = Account.objects.filter(asset_id="NEW").values_list("code", "purpose", "normal_side").order_by("code")
    assert list(found) == [
        ("network:ethereum:treasury", "treasury", "debit"),
        ("wallet:wal_old:available", "user_available", "credit"),
        ("wallet:wal_old:held", "user_held", "credit"),
    ]
