"""GET rates and GET fees: public, never stale, every number a string."""

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assets.models import Network
from assets.queries import get_asset, get_network
from kit.errors import InvalidInput
from rates import queries
from rates.errors import FeesUnavailable, RateUnavailable

_UNITS = {Network.Family.EVM: "wei per gas", Network.Family.BITCOIN: "satoshi per 1,000 virtual bytes"}


class RateSerializer(serializers.Serializer[queries.PriceAt]):
    base = serializers.CharField()
    quote = serializers.CharField()
    price = serializers.CharField(help_text="What one unit of base costs in quote, as a decimal string.")
    source = serializers.CharField()  # type: ignore[assignment]  # a field here, not Field.source
    at = serializers.DateTimeField()


class FeeSerializer(serializers.Serializer[queries.FeeAt]):
    rate = serializers.CharField(help_text="At most, in `unit`; a whole number as a string.")
    tip = serializers.CharField(help_text="Of the rate, what goes to whoever makes the block; 0 on Bitcoin.")
    seconds = serializers.IntegerField(help_text="The usual wait until the first confirmation.")
    at = serializers.DateTimeField()


class FeesSerializer(serializers.Serializer[object]):
    network = serializers.CharField()
    unit = serializers.CharField()
    slow = FeeSerializer()
    normal = FeeSerializer()
    fast = FeeSerializer()


class RatesView(APIView):
    """What one unit of an asset costs in another."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[
            OpenApiParameter("base", str, required=True, description="Asset code, such as BTC."),
            OpenApiParameter("quote", str, required=True, description="Asset code, such as USD."),
        ],
        responses=RateSerializer,
    )
    def get(self, request: Request) -> Response:
        base, quote = get_asset(_given(request, "base")), get_asset(_given(request, "quote"))
        found = queries.price(base=base.code, quote=quote.code, now=timezone.now())
        if found is None:
            raise RateUnavailable(f"There is no current price of {base.code} in {quote.code}.")
        return Response(
            {
                "base": found.base,
                "quote": found.quote,
                "price": f"{found.price.normalize():f}",
                "source": found.source,
                "at": found.at,
            }
        )


class FeesView(APIView):
    """What block space costs on a network now, by priority."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("network", str, required=True, description="Network code, such as ethereum.")],
        responses=FeesSerializer,
    )
    def get(self, request: Request) -> Response:
        network = get_network(_given(request, "network"))
        fees = queries.chain_fees(network=network.code, now=timezone.now(), max_age_seconds=settings.FEE_STALE_SECONDS)
        if not fees:
            raise FeesUnavailable(f"The fees of {network.name} are not known right now.")
        return Response(
            {
                "network": network.code,
                "unit": _UNITS[Network.Family(network.family)],
                **{
                    priority: {"rate": str(fee.rate), "tip": str(fee.tip), "seconds": fee.seconds, "at": fee.at}
                    for priority, fee in fees.items()
                },
            }
        )


def _given(request: Request, name: str) -> str:
    text = request.query_params.get(name, "").strip()
    if not text:
        raise InvalidInput(f"Say which {name} you mean.", fields={name: ["This is required."]})
    return text
