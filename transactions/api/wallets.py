"""What wallets hold: `/api/v1/wallets/{id}/balance`, its transactions, and the portfolio."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from assets.queries import get_asset
from kit.clients import caller_id
from kit.money import format_minor
from kit.pagination import KeysetPagination
from transactions.api.serializers import PortfolioOut, TransactionOut, WalletBalanceOut
from transactions.queries.balance_types import TypeTotal, by_type
from transactions.queries.describe import describe
from transactions.queries.listing import History, Narrowing
from transactions.queries.totals import CURRENCY, Valued, balances, portfolio
from transactions.services.balances import show_balance
from wallets.queries import get_wallet


class WalletBalanceView(GenericAPIView[Any]):
    serializer_class = WalletBalanceOut

    @extend_schema(responses=WalletBalanceOut)
    def get(self, request: Request, wallet_id: str) -> Response:
        """Show available, held and pending of every asset in the wallet."""
        wallet = get_wallet(user_id=caller_id(request), wallet_id=wallet_id)
        return Response({"wallet_id": wallet.pk, "balances": [show_balance(each) for each in balances([wallet])]})


class WalletTransactionsView(GenericAPIView[Any]):
    serializer_class = TransactionOut
    pagination_class = KeysetPagination
    keyset_ordering = ["id"]

    @extend_schema(responses=TransactionOut(many=True))
    def get(self, request: Request, wallet_id: str) -> Response:
        """List what moved this wallet's money, newest first."""
        wallet = get_wallet(user_id=caller_id(request), wallet_id=wallet_id)
        found: Any = History(caller_id(request), Narrowing(wallet=wallet.pk))
        page = self.paginate_queryset(found)
        return self.get_paginated_response([describe(each, viewer_id=caller_id(request)) for each in page or []])


class PortfolioView(GenericAPIView[Any]):
    serializer_class = PortfolioOut

    @extend_schema(parameters=[OpenApiParameter("currency", str)], responses=PortfolioOut)
    def get(self, request: Request) -> Response:
        """Show everything the caller holds and what it is worth; no total while a price is missing."""
        currency = get_asset(request.query_params.get("currency", CURRENCY)).code
        found = portfolio(user_id=caller_id(request), currency=currency, now=timezone.now())
        return Response(
            {
                "currency": found.currency,
                "total": None if found.total is None else f"{found.total:f}",
                "missing_prices": list(found.missing_prices),
                "holdings": [_holding(row) for row in found.rows],
                "balances": [_typed(total) for total in by_type(found)],
            }
        )


def _holding(row: Valued) -> dict[str, Any]:
    return {
        **show_balance(row.balance),
        "price": None if row.price is None else f"{row.price.normalize():f}",
        "price_at": row.price_at,
        "freshness": row.worth.freshness.value,
        "last_price": None if row.worth.last_price is None else f"{row.worth.last_price.normalize():f}",
        "last_price_at": row.worth.at,
        "value": None if row.value is None else f"{row.value:f}",
    }


def _typed(total: TypeTotal) -> dict[str, Any]:
    return {
        "type": str(total.type),
        "value": None if total.value is None else f"{total.value:f}",
        "held_value": None if total.held_value is None else f"{total.held_value:f}",
        "assets": [
            {
                "asset": each.asset,
                **{
                    name: format_minor(minor, scale=get_asset(each.asset).scale)
                    for name, minor in (("available", each.available), ("held", each.held), ("marked", each.marked))
                },
            }
            for each in total.assets
        ],
    }
