"""The inbox and what lies in it: `/api/v1/notifications`."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from kit.clients import caller_id
from kit.pagination import KeysetPagination
from notifications import queries, services
from notifications.api import serializers
from notifications.policy import Kind, Way


class NotificationsView(GenericAPIView[Any]):
    serializer_class = serializers.NotificationOut
    pagination_class = KeysetPagination
    keyset_ordering = ["id"]

    @extend_schema(
        parameters=[OpenApiParameter("unread", bool, description="true: only what was not read yet.")],
        responses=serializers.NotificationOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List what I was told, the latest first."""
        found = queries.inbox(user_id=caller_id(request))
        if request.query_params.get("unread") == "true":
            found = found.filter(read_at=None)
        page = self.paginate_queryset(found)
        return self.get_paginated_response(serializers.NotificationOut(page, many=True).data)


class ReadView(GenericAPIView[Any]):
    serializer_class = serializers.ReadIn

    @extend_schema(request=serializers.ReadIn, responses=serializers.UnreadOut)
    def post(self, request: Request) -> Response:
        """Mark some or all of my notifications as read."""
        body = serializers.ReadIn(data=request.data)
        body.is_valid(raise_exception=True)
        ids = body.validated_data.get("ids")
        left = services.mark_read(user_id=caller_id(request), ids=ids, now=timezone.now())
        return Response({"unread": left})


class PreferencesView(GenericAPIView[Any]):
    serializer_class = serializers.PreferencesIn

    @extend_schema(responses=serializers.PreferencesOut)
    def get(self, request: Request) -> Response:
        """Say what I am told, by every channel."""
        return Response(serializers.preferences_out(queries.preferences(user_id=caller_id(request))))

    @extend_schema(request=serializers.PreferencesIn, responses=serializers.PreferencesOut)
    def put(self, request: Request) -> Response:
        """Choose what I am told; security alerts cannot be switched off."""
        body = serializers.PreferencesIn(data=request.data)
        body.is_valid(raise_exception=True)
        choices = {(Kind(row["kind"]), Way(row["channel"])): row["is_on"] for row in body.validated_data["preferences"]}
        services.save_preferences(user_id=caller_id(request), choices=choices, now=timezone.now())
        return self.get(request)
