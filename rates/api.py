"""GET rates, rates/history, rates/candles and fees: public, every number a string."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assets.models import Network
from assets.queries import get_asset, get_network
from kit.errors import InvalidInput
from kit.moments import read_moment
from kit.pagination import KeysetPagination
from rates import queries
from rates.errors import FeesUnavailable, RateUnavailable
from rates.models import Candle, PriceRound
from rates.policy import Verdict

_UNITS = {
    Network.Family.EVM: "wei per gas",
    Network.Family.BITCOIN: "satoshi per 1,000 virtual bytes",
    Network.Family.SOLANA: "micro-lamports per compute unit",
    Network.Family.STELLAR: "stroops per operation",
    Network.Family.SUI: "MIST per unit of gas",
}
_PAIR = [
    OpenApiParameter("base", str, required=True, description="Asset code, such as BTC."),
    OpenApiParameter("quote", str, required=True, description="Asset code, such as USD."),
]
_STRETCH = [
    OpenApiParameter("from", OpenApiTypes.DATETIME, description="Then or later."),
    OpenApiParameter("to", OpenApiTypes.DATETIME, description="Before then."),
]


class SourceSerializer(serializers.Serializer[queries.SourceAt]):
    source = serializers.CharField()  # type: ignore[assignment]  # a field here, not Field.source
    price = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True, help_text="When it was so, by the source's own clock.")
    verdict = serializers.ChoiceField(choices=[verdict.value for verdict in Verdict])


class RateSerializer(serializers.Serializer[queries.PriceAt]):
    base = serializers.CharField()
    quote = serializers.CharField()
    price = serializers.CharField(help_text="What one unit of base costs in quote, as a decimal string.")
    source = serializers.CharField(  # type: ignore[assignment]  # a field here, not Field.source
        help_text="How the price was made: median, of the sources that were used."
    )
    at = serializers.DateTimeField(help_text="When it was so, by the oldest of the sources that were used.")
    is_stale = serializers.BooleanField(help_text="True only where allow_stale asked for it: do not calculate with it.")
    sources = SourceSerializer(many=True)


class HistorySerializer(serializers.Serializer[PriceRound]):
    at = serializers.DateTimeField(source="asked_at")
    price = serializers.CharField()


class CandleSerializer(serializers.Serializer[Candle]):
    opens_at = serializers.DateTimeField(help_text="Included; it ends before the next one opens.")
    open = serializers.CharField()
    high = serializers.CharField()
    low = serializers.CharField()
    close = serializers.CharField()
    rounds = serializers.IntegerField(help_text="How many prices it is made of.")


class FeeSerializer(serializers.Serializer[queries.FeeAt]):
    rate = serializers.CharField(help_text="At most, in `unit`; a whole number as a string.")
    tip = serializers.CharField(help_text="Of the rate, what goes to whoever makes the block; 0 on Bitcoin.")
    seconds = serializers.IntegerField(help_text="The usual wait until the first confirmation.")
    origin = serializers.CharField(help_text="What of the node's it was read from.")
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
            *_PAIR,
            OpenApiParameter(
                "allow_stale", bool, description="true: an old price is shown, with is_stale, instead of being refused."
            ),
        ],
        responses=RateSerializer,
    )
    def get(self, request: Request) -> Response:
        """Show the price of now; 404 rate_unavailable if there is none, or (unless allow_stale) only an old one."""
        base, quote = _pair(request)
        now = timezone.now()
        found = queries.last_price(base=base, quote=quote)
        if found is None:
            raise RateUnavailable(f"There is no price of {base} in {quote}.")
        is_stale = found.is_stale(now)
        if is_stale and request.query_params.get("allow_stale", "").lower() != "true":
            raise RateUnavailable(
                f"There is no current price of {base} in {quote}.", is_stale=True, last_at=found.at.isoformat()
            )
        return Response(
            {
                "base": found.base,
                "quote": found.quote,
                "price": _plain(found.price),
                "source": found.source,
                "at": found.at,
                "is_stale": is_stale,
                "sources": [_source(each) for each in found.sources],
            }
        )


class RateHistoryView(GenericAPIView[Any]):
    permission_classes = [AllowAny]
    serializer_class = HistorySerializer
    pagination_class = KeysetPagination
    keyset_ordering = ["asked_at", "id"]

    @extend_schema(parameters=[*_PAIR, *_STRETCH], responses=HistorySerializer(many=True))
    def get(self, request: Request) -> Response:
        """List the prices of the past, the latest first; older ones are thinned out."""
        base, quote = _pair(request)
        page = self.paginate_queryset(_between(request, queries.price_history(base=base, quote=quote), "asked_at"))
        return self.get_paginated_response(
            [{"at": row.asked_at, "price": _plain(row.price)} for row in page or [] if row.price is not None]
        )


class CandlesView(GenericAPIView[Any]):
    permission_classes = [AllowAny]
    serializer_class = CandleSerializer
    pagination_class = KeysetPagination
    keyset_ordering = ["opens_at", "id"]

    @extend_schema(
        parameters=[*_PAIR, OpenApiParameter("period", str, enum=Candle.Period.values, required=True), *_STRETCH],
        responses=CandleSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List first, highest, lowest and last prices by period, the latest first; the latest may still be open."""
        base, quote = _pair(request)
        period = _given(request, "period")
        if period not in Candle.Period.values:
            raise InvalidInput(fields={"period": [f"One of: {', '.join(Candle.Period.values)}."]})
        found = queries.candles(base=base, quote=quote, period=period)
        page = self.paginate_queryset(_between(request, found, "opens_at"))
        return self.get_paginated_response([_candle(row) for row in page or []])


class FeesView(APIView):
    """What block space costs on a network now, by priority."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("network", str, required=True, description="Network code, such as ethereum.")],
        responses=FeesSerializer,
    )
    def get(self, request: Request) -> Response:
        network = get_network(_given(request, "network"))
        oldest = settings.NETWORKS[network.code].fee_stale_seconds
        fees = queries.chain_fees(network=network.code, now=timezone.now(), max_age_seconds=oldest)
        if not fees:
            raise FeesUnavailable(f"The fees of {network.name} are not known right now.")
        return Response(
            {
                "network": network.code,
                "unit": _UNITS[Network.Family(network.family)],
                **{
                    priority: {
                        "rate": str(fee.rate),
                        "tip": str(fee.tip),
                        "seconds": fee.seconds,
                        "origin": fee.source,
                        "at": fee.at,
                    }
                    for priority, fee in fees.items()
                },
            }
        )


def _given(request: Request, name: str) -> str:
    text = request.query_params.get(name, "").strip()
    if not text:
        raise InvalidInput(f"Say which {name} you mean.", fields={name: ["This is required."]})
    return text


def _pair(request: Request) -> tuple[str, str]:
    return get_asset(_given(request, "base")).code, get_asset(_given(request, "quote")).code


def _between(request: Request, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
    since, until = (read_moment(request.query_params, name) for name in ("from", "to"))
    rows = rows.filter(**{f"{column}__gte": since}) if since else rows
    return rows.filter(**{f"{column}__lt": until}) if until else rows


def _source(seen: queries.SourceAt) -> dict[str, Any]:
    price = None if seen.price is None else _plain(seen.price)
    return {"source": seen.source, "price": price, "at": seen.at, "verdict": seen.verdict}


def _candle(row: Candle) -> dict[str, Any]:
    prices = {name: _plain(getattr(row, name)) for name in ("open", "high", "low", "close")}
    return {"opens_at": row.opens_at, **prices, "rounds": row.rounds}


def _plain(price: Decimal) -> str:
    return f"{price.normalize():f}"
