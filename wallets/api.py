"""Wallets and payees: `/api/v1/wallets`, `/api/v1/payees`."""

from typing import Any

import segno
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from kit.clients import caller_id
from kit.pagination import KeysetPagination
from wallets import queries, services
from wallets.models import Payee, Wallet


class NewWallet(serializers.Serializer[Any]):
    network = serializers.CharField(max_length=16)
    label = serializers.CharField(max_length=48, required=False, default="", allow_blank=True)  # type: ignore[assignment]  # a field by that name


class WalletOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    network = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field by that name
    address = serializers.CharField()
    created_at = serializers.DateTimeField()


class WalletDetail(WalletOut):
    uri = serializers.CharField(help_text="BIP-21 or EIP-681.")
    qr = serializers.CharField(help_text="The uri as a QR code, an SVG data URI.")


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
    return {**_show(wallet), "uri": uri, "qr": segno.make(uri, error="m").svg_data_uri(scale=4, border=2)}


def _show_payee(payee: Payee) -> dict[str, Any]:
    return {
        "id": payee.pk,
        "network": payee.network_id,
        "address": payee.address,
        "label": payee.label,
        "created_at": payee.created_at.isoformat(),
        "usable_from": payee.usable_from.isoformat(),
    }
