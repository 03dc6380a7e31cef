"""Wallets, what is reserved of them, and payees: `/api/v1/wallets`, `/api/v1/payees`."""

from typing import Any

import segno
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from assets.queries import get_asset
from kit.clients import caller_id
from kit.money import format_minor
from kit.pagination import KeysetPagination
from wallets import queries, services
from wallets.models import Payee, Reservation, ReservationPart, Wallet
from wallets.queries import Reserved

Name = ReservationPart.Name


class NewWallet(serializers.Serializer[Any]):
    network = serializers.CharField(max_length=16)
    label = serializers.CharField(max_length=48, required=False, default="", allow_blank=True)  # type: ignore[assignment]  # a field by that name


class WalletOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    network = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field by that name
    address = serializers.CharField()
    created_at = serializers.DateTimeField()


class SharedPlaceOut(serializers.Serializer[Any]):
    address = serializers.CharField()
    memo = serializers.CharField(
        help_text="A numeric memo (on Stellar of type id): without it nobody knows whose it is."
    )


class WalletDetail(WalletOut):
    with_memo = SharedPlaceOut(
        allow_null=True, help_text="For payers who cannot use the address: a plain one, and the memo it needs."
    )
    uri = serializers.CharField(help_text="BIP-21, EIP-681 or SEP-7.")
    qr = serializers.CharField(help_text="The uri as a QR code, an SVG data URI.")


class ReservedPartOut(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=Name.choices)
    asset = serializers.CharField()
    amount = serializers.CharField(help_text="What was reserved, a decimal string.")
    remaining = serializers.CharField(help_text="What of it is still reserved.")


class ReservationOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(
        choices=Reservation.Kind.choices,
        help_text="hard: set aside entirely. soft: still counted as available, and spendable by nothing else. "
        "partial: amount and fee apart, each settled and released by itself.",
    )
    status = serializers.ChoiceField(choices=Reservation.State.choices)
    purpose = serializers.CharField(help_text="What the money is held for, in plain words.")
    transaction_id = serializers.CharField(allow_null=True)
    parts = ReservedPartOut(many=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When what is left goes back by itself.")


class NewPayee(serializers.Serializer[Any]):
    network = serializers.CharField(max_length=16)
    address = serializers.CharField(max_length=128)
    label = serializers.CharField(max_length=48)  # type: ignore[assignment]  # a field by that name


class PayeeOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    network = serializers.CharField()
    address = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field by that name
    created_at = serializers.DateTimeField()
    usable_from = serializers.DateTimeField()


class WalletsView(GenericAPIView[Any]):
    serializer_class = WalletOut
    pagination_class = KeysetPagination
    keyset_ordering = ["id"]

    @extend_schema(responses=WalletOut(many=True))
    def get(self, request: Request) -> Response:
        """List the caller's wallets, newest first."""
        page = self.paginate_queryset(queries.list_wallets(user_id=caller_id(request)))
        return self.get_paginated_response([_show(wallet) for wallet in page or []])

    @extend_schema(request=NewWallet, responses={201: WalletDetail})
    def post(self, request: Request) -> Response:
        """Open a wallet on a network."""
        body = NewWallet(data=request.data)
        body.is_valid(raise_exception=True)
        wallet = services.create_wallet(user_id=caller_id(request), now=timezone.now(), **body.validated_data)
        return Response(_show_whole(queries.get_wallet(user_id=caller_id(request), wallet_id=wallet.pk)), status=201)


class WalletView(GenericAPIView[Any]):
    serializer_class = WalletDetail

    @extend_schema(responses=WalletDetail)
    def get(self, request: Request, wallet_id: str) -> Response:
        """Show a wallet with its deposit address, payment URI and QR code."""
        return Response(_show_whole(queries.get_wallet(user_id=caller_id(request), wallet_id=wallet_id)))


class ReservationsView(GenericAPIView[Any]):
    serializer_class = ReservationOut
    pagination_class = KeysetPagination
    keyset_ordering = ["id"]

    @extend_schema(
        parameters=[OpenApiParameter("all", bool, description="Also those that are over; otherwise open ones only.")],
        responses=ReservationOut(many=True),
    )
    def get(self, request: Request, wallet_id: str) -> Response:
        """List what is reserved of this wallet's money and what for, newest first."""
        wallet = queries.get_wallet(user_id=caller_id(request), wallet_id=wallet_id)
        open_only = request.query_params.get("all", "").lower() not in {"1", "true"}
        page = self.paginate_queryset(queries.list_reservations(wallets=[wallet], open_only=open_only))
        return self.get_paginated_response([_show_reserved(each) for each in queries.describe_reservations(page or [])])


class PayeesView(GenericAPIView[Any]):
    serializer_class = PayeeOut
    pagination_class = KeysetPagination
    keyset_ordering = ["id"]

    @extend_schema(responses=PayeeOut(many=True))
    def get(self, request: Request) -> Response:
        """List the caller's saved addresses."""
        page = self.paginate_queryset(queries.list_payees(user_id=caller_id(request)))
        return self.get_paginated_response([_show_payee(payee) for payee in page or []])

    @extend_schema(request=NewPayee, responses={201: PayeeOut})
    def post(self, request: Request) -> Response:
        """Save an address under a name."""
        body = NewPayee(data=request.data)
        body.is_valid(raise_exception=True)
        payee = services.save_payee(user_id=caller_id(request), now=timezone.now(), **body.validated_data)
        return Response(_show_payee(payee), status=201)


def _show(wallet: Wallet) -> dict[str, Any]:
    return {
        "id": wallet.pk,
        "network": wallet.network_id,
        "label": wallet.label,
        "address": queries.deposit_address(wallet),
        "created_at": wallet.created_at.isoformat(),
    }


def _show_whole(wallet: Wallet) -> dict[str, Any]:
    uri = queries.payment_uri(wallet)
    shared = queries.shared_place(wallet)
    with_memo = {"address": shared.address, "memo": shared.memo} if shared else None
    return {
        **_show(wallet),
        "with_memo": with_memo,
        "uri": uri,
        "qr": segno.make(uri, error="m").svg_data_uri(scale=4, border=2),
    }


def _show_reserved(reserved: Reserved) -> dict[str, Any]:
    return {
        "id": reserved.id,
        "kind": reserved.kind,
        "status": reserved.status,
        "purpose": reserved.purpose,
        "transaction_id": reserved.transaction_id or None,
        "parts": [
            {
                "name": part.name,
                "asset": part.money.asset,
                "amount": format_minor(part.money.minor, scale=get_asset(part.money.asset).scale),
                "remaining": format_minor(part.remaining.minor, scale=get_asset(part.money.asset).scale),
            }
            for part in reserved.parts
        ],
        "created_at": reserved.created_at.isoformat(),
        "expires_at": reserved.expires_at.isoformat() if reserved.expires_at else None,
    }


def _show_payee(payee: Payee) -> dict[str, Any]:
    return {
        "id": payee.pk,
        "network": payee.network_id,
        "address": payee.address,
        "label": payee.label,
        "created_at": payee.created_at.isoformat(),
        "usable_from": payee.usable_from.isoformat(),
    }
