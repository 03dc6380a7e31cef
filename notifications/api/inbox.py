"""The inbox and what lies in it: `/api/v1/notifications`."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.queries import get_user
from kit.clients import caller_id
from kit.pagination import KeysetPagination
from notifications import queries, services
from notifications.api import serializers
from notifications.policy import Kind, Pace, Way


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
        user_id = caller_id(request)
        chosen, paces = queries.preferences(user_id=user_id), queries.paces(user_id=user_id)
        kinds = queries.kinds_of(user=get_user(user_id))
        return Response(serializers.preferences_out(kinds, chosen, paces))

    @extend_schema(request=serializers.PreferencesIn, responses=serializers.PreferencesOut)
    def put(self, request: Request) -> Response:
        """Choose what I am told; security alerts cannot be switched off."""
        body = serializers.PreferencesIn(data=request.data)
        body.is_valid(raise_exception=True)
        rows = body.validated_data["preferences"]
        choices = {(Kind(row["kind"]), Way(row["channel"])): row["is_on"] for row in rows}
        paces = {Kind(row["kind"]): Pace(row["pace"]) for row in rows if "pace" in row}
        services.save_preferences(user_id=caller_id(request), choices=choices, paces=paces, now=timezone.now())
        return self.get(request)
