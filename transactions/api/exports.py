"""Files of one's own transactions, written in the background: `/api/v1/exports`."""

from typing import Any

from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from kit.clients import caller_id
from kit.pagination import KeysetPagination
from transactions.api.export import OwnFormat
from transactions.api.filters import DIRECTIONS, TYPES, read
from transactions.models import Export, Status
from transactions.queries.export import CONTENT_TYPES, file_name
from transactions.queries.exports import get_export, list_exports, show
from transactions.services import exports

TOKEN = OpenApiParameter("token", str, required=True, description="From download_url.")


class NewExport(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=Export.Form.choices)
    type = serializers.ChoiceField(choices=TYPES, required=False)
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    direction = serializers.ChoiceField(choices=DIRECTIONS, required=False)
    asset = serializers.CharField(max_length=16, required=False)
    network = serializers.CharField(max_length=16, required=False)
    wallet_id = serializers.CharField(max_length=32, required=False)
    min_amount = serializers.CharField(max_length=128, required=False)
    max_amount = serializers.CharField(max_length=128, required=False)
    to = serializers.CharField(max_length=64, required=False, help_text="Created before then.")
    q = serializers.CharField(max_length=128, required=False)

    def get_fields(self) -> dict[str, Any]:
        """Return the fields with `from`, which Python has another use for."""
        since = serializers.CharField(max_length=64, required=False, help_text="Created then or later.")
        return {**super().get_fields(), "from": since}


class ExportFailure(serializers.Serializer[Any]):
    code = serializers.CharField()
    reason = serializers.CharField()


class ExportOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    format = serializers.CharField()
    filters = serializers.DictField()
    status = serializers.ChoiceField(choices=Export.State.choices)
    progress = serializers.IntegerField(min_value=0, max_value=100)
    rows = serializers.IntegerField(allow_null=True, help_text="How many transactions it holds; null: not counted yet.")
    size_bytes = serializers.IntegerField()
    failure = ExportFailure(allow_null=True)
    created_at = serializers.DateTimeField()
    download_url = serializers.CharField(allow_null=True, help_text="For its person only, and for minutes only.")


class ExportsView(GenericAPIView[Any]):
    serializer_class = ExportOut
    pagination_class = KeysetPagination
    keyset_ordering = ["id"]

    @extend_schema(responses=ExportOut(many=True))
    def get(self, request: Request) -> Response:
        """List the files the caller asked for, newest first."""
        page = self.paginate_queryset(list_exports(user_id=caller_id(request)))
        return self.get_paginated_response([_show(each, request) for each in page or []])

    @extend_schema(request=NewExport, responses={201: ExportOut})
    def post(self, request: Request) -> Response:
        """Have the caller's transactions written into a file, narrowed as the list can be."""
        body = NewExport(data=request.data)
        body.is_valid(raise_exception=True)
        made = exports.request(
            user_id=caller_id(request),
            form=body.validated_data["format"],
            wanted=read(body.validated_data),
            now=timezone.now(),
        )
        return Response(_show(made, request), status=201)


class OneExportView(GenericAPIView[Any]):
    serializer_class = ExportOut

    @extend_schema(responses=ExportOut)
    def get(self, request: Request, export_id: str) -> Response:
        """Show how far a file is, and where to download it once it is ready."""
        return Response(_show(get_export(user_id=caller_id(request), export_id=export_id), request))


class ExportFileView(GenericAPIView[Any]):
    serializer_class = ExportOut
    content_negotiation_class = OwnFormat

    @extend_schema(
        parameters=[TOKEN],
        responses={
            (200, content_type): OpenApiResponse(OpenApiTypes.BINARY, description="The file.")
            for content_type in ("text/csv", "application/json", "application/pdf")
        },
    )
    def get(self, request: Request, export_id: str) -> FileResponse:
        """Download a file by its link; the link alone opens nothing, and neither does another person's."""
        export, path = exports.open_file(
            user_id=caller_id(request),
            export_id=export_id,
            token=request.query_params.get("token", ""),
            now=timezone.now(),
        )
        return FileResponse(
            path.open("rb"),
            as_attachment=True,
            filename=file_name(export.form, at=export.created_at),
            content_type=CONTENT_TYPES[export.form],
            headers={"Cache-Control": "private, no-store"},
        )


def _show(export: Export, request: Request) -> dict[str, Any]:
    link = None
    if export.status == Export.State.READY:
        path = f"/api/v1/exports/{export.pk}/file?token={exports.token(export, now=timezone.now())}"
        link = request.build_absolute_uri(path)
    return {**show(export), "download_url": link}
