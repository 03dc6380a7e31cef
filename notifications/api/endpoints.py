"""People's own webhook endpoints: `/api/v1/webhook-endpoints`."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from kit.clients import caller_id
from kit.pagination import KeysetPagination
from notifications import queries, services
from notifications.api import serializers
from notifications.models import Endpoint


class EndpointsView(GenericAPIView[Any]):
    serializer_class = serializers.EndpointIn
    pagination_class = KeysetPagination
    keyset_ordering = ["id"]

    @extend_schema(responses=serializers.EndpointOut(many=True))
    def get(self, request: Request) -> Response:
        """List my webhook endpoints."""
        page = self.paginate_queryset(queries.endpoints(user_id=caller_id(request)))
        return self.get_paginated_response(serializers.EndpointOut(page, many=True).data)

    @extend_schema(request=serializers.EndpointIn, responses={201: serializers.SecretOut})
    def post(self, request: Request) -> Response:
        """Have my notifications sent to an address as well; the answer holds the secret that signs them, once."""
        body = serializers.EndpointIn(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint = services.add_endpoint(user_id=caller_id(request), **body.validated_data, now=timezone.now())
        return Response(_with_secret(endpoint, services.secret_of(endpoint)), status=201)


class EndpointView(GenericAPIView[Any]):
    serializer_class = serializers.EndpointChange

    @extend_schema(responses=serializers.EndpointOut)
    def get(self, request: Request, endpoint_id: str) -> Response:
        """Show one of my webhook endpoints."""
        return Response(serializers.EndpointOut(_own(request, endpoint_id)).data)

    @extend_schema(request=serializers.EndpointChange, responses=serializers.EndpointOut)
    def put(self, request: Request, endpoint_id: str) -> Response:
        """Rename it, or switch it off and on."""
        body = serializers.EndpointChange(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint = _own(request, endpoint_id)
        changed = services.change_endpoint(endpoint=endpoint, **body.validated_data, now=timezone.now())
        return Response(serializers.EndpointOut(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, endpoint_id: str) -> Response:
        """Send nothing there any more."""
        services.remove_endpoint(endpoint=_own(request, endpoint_id), now=timezone.now())
        return Response(status=204)


class RotateSecretView(GenericAPIView[Any]):
    serializer_class = serializers.SecretOut

    @extend_schema(request=None, responses=serializers.SecretOut)
    def post(self, request: Request, endpoint_id: str) -> Response:
        """Replace the secret; the one before it signs along for 24 hours."""
        secret = services.rotate_secret(endpoint=_own(request, endpoint_id), now=timezone.now())
        return Response(_with_secret(_own(request, endpoint_id), secret))


class DeliveriesView(GenericAPIView[Any]):
    serializer_class = serializers.DeliveryOut
    pagination_class = KeysetPagination
    keyset_ordering = ["id"]

    @extend_schema(responses=serializers.DeliveryOut(many=True))
    def get(self, request: Request, endpoint_id: str) -> Response:
        """List what was sent to this endpoint and how it went, the latest first."""
        page = self.paginate_queryset(queries.deliveries(endpoint=_own(request, endpoint_id)))
        return self.get_paginated_response(serializers.DeliveryOut(page, many=True).data)


class ReplayView(GenericAPIView[Any]):
    serializer_class = serializers.DeliveryOut

    @extend_schema(request=None, responses={202: serializers.DeliveryOut})
    def post(self, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        """Send one once more, under its original webhook-id."""
        endpoint = _own(request, endpoint_id)
        again = services.replay(
            endpoint=endpoint, delivery_id=delivery_id, actor=caller_id(request), now=timezone.now()
        )
        return Response(serializers.DeliveryOut(again).data, status=202)


def _own(request: Request, endpoint_id: str) -> Endpoint:
    return queries.get_endpoint(user_id=caller_id(request), endpoint_id=endpoint_id)


def _with_secret(endpoint: Endpoint, secret: str) -> dict[str, Any]:
    return {**serializers.EndpointOut(endpoint).data, "secret": secret}
