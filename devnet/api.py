"""devnet/*: mounted only where DEVNET is on, so elsewhere there is nothing here to find."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import wallets.queries
from assets.queries import get_asset, get_network, native_asset
from devnet import faucet
from kit.errors import InvalidInput
from kit.money import AmountInvalid, format_minor, parse_amount


class FundIn(serializers.Serializer[Any]):
    wallet_id = serializers.CharField(max_length=64)
    amount = serializers.CharField(max_length=160, help_text='A decimal such as "0.015".')
    asset = serializers.CharField(max_length=16, required=False, help_text="Left out: the network's own coin.")


class FundOut(serializers.Serializer[Any]):
    txid = serializers.CharField()
    address = serializers.CharField()
    asset = serializers.CharField()
    amount = serializers.CharField()


class MineIn(serializers.Serializer[Any]):
    network = serializers.CharField(max_length=16)
    blocks = serializers.IntegerField(min_value=1, max_value=faucet.MAX_BLOCKS, default=1)


class MineOut(serializers.Serializer[Any]):
    network = serializers.CharField()
    height = serializers.IntegerField()


class FundView(APIView):
    @extend_schema(request=FundIn, responses={202: FundOut})
    def post(self, request: Request) -> Response:
        """Send test coins to one of your wallets, from outside, as a real deposit."""
        data = _read(FundIn, request)
        wallet = wallets.queries.get_wallet(user_id=str(request.user.pk), wallet_id=data["wallet_id"])
        asset = get_asset(data["asset"]) if data.get("asset") else native_asset(wallet.network_id)
        if asset.network_id != wallet.network_id or not faucet.has(asset):
            raise InvalidInput(fields={"asset": [f"The faucet of this network has no {asset.code}."]})
        try:
            minor = parse_amount(data["amount"], scale=asset.scale)
        except AmountInvalid as error:
            raise InvalidInput(fields={"amount": [str(error)]}) from error
        address = wallets.queries.deposit_address(wallet)
        txid = faucet.fund(network=wallet.network_id, address=address, minor=minor, asset=asset.code)
        amount = format_minor(minor, scale=asset.scale)
        answer = {"txid": txid, "address": address, "asset": asset.code, "amount": amount}
        return Response(answer, status=status.HTTP_202_ACCEPTED)


class MineView(APIView):
    @extend_schema(request=MineIn, responses=MineOut)
    def post(self, request: Request) -> Response:
        """Mine blocks on a local network at once."""
        data = _read(MineIn, request)
        network = get_network(data["network"])
        height = faucet.mine(network=network.code, blocks=data["blocks"])
        return Response({"network": network.code, "height": height})


def _read(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    found = serializer(data=request.data)
    found.is_valid(raise_exception=True)
    data: dict[str, Any] = found.validated_data
    return data
