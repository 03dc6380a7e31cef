"""Everything, to take away: `/api/v1/transactions/export`."""

from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from kit.downloads import attachment
from kit.errors import InvalidInput
from transactions.api.filters import FILTERS, choice, wanted
from transactions.api.serializers import TransactionOut
from transactions.queries.export import CONTENT_TYPES, LARGEST_EXPORT, export, file_name

IMMEDIATE = ("csv", "json")
FORMAT = OpenApiParameter("format", str, required=True, enum=IMMEDIATE)
WHAT = f"Newest first, at most {LARGEST_EXPORT:,}; more is refused as export_too_large."


class OwnFormat(DefaultContentNegotiation):
    """Leave ?format= to the view: it names the file's form, and problems are told in JSON."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class ExportView(APIView):
    content_negotiation_class = OwnFormat

    @extend_schema(
        parameters=[FORMAT, *FILTERS],
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, description=WHAT),
            (200, "application/json"): OpenApiResponse(TransactionOut(many=True), description=WHAT),
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Download the caller's transactions, narrowed by the same filters as the list."""
        form = choice(request.query_params, "format", IMMEDIATE)
        if not form:
            raise InvalidInput(fields={"format": [f"Say which: {' or '.join(IMMEDIATE)}."]})
        text = export(wanted(request), form=form)
        return attachment(text, name=file_name(form, at=timezone.now()), content_type=CONTENT_TYPES[form])
