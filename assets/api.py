"""GET networks and GET assets: what this house supports. Public."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assets import queries
from assets.models import Asset, Network


class NetworkSerializer(serializers.Serializer[Network]):
    code = serializers.CharField()
    name = serializers.CharField()
    family = serializers.CharField()
    native_asset = serializers.CharField(help_text="The asset its fees are paid in.")
    chain = serializers.CharField(help_text="EVM: the chain id; Bitcoin: main, test, signet or regtest.")
    confirmations = serializers.IntegerField(help_text="Blocks until a deposit is credited and a send is settled.")
    block_seconds = serializers.IntegerField(help_text="The usual time between blocks.")
    available = serializers.BooleanField(help_text="Whether wallets can be opened on it here.")


class AssetSerializer(serializers.Serializer[Asset]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    scale = serializers.IntegerField(help_text="How many decimals an amount of it may have.")
    network = serializers.CharField(allow_null=True)
    contract = serializers.CharField(allow_blank=True)


class NetworksView(APIView):
    """Every network supported here, in order."""

    permission_classes = [AllowAny]

    @extend_schema(responses=NetworkSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response([_network(network) for network in queries.list_networks()])


class AssetsView(APIView):
    """Every asset that can be held here, in order."""

    permission_classes = [AllowAny]

    @extend_schema(responses=AssetSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response([_asset(asset) for asset in queries.list_assets()])


def _network(network: Network) -> dict[str, object]:
    config = settings.NETWORKS[network.code]
    return {
        "code": network.code,
        "name": network.name,
        "family": network.family,
        "native_asset": network.native_asset,
        "chain": config.chain,
        "confirmations": config.confirmations,
        "block_seconds": config.block_seconds,
        "available": queries.is_available(network.code),
    }


def _asset(asset: Asset) -> dict[str, object]:
    return {
        "code": asset.code,
        "name": asset.name,
        "kind": asset.kind,
        "scale": asset.scale,
        "network": asset.network_id,
        "contract": asset.contract,
    }
