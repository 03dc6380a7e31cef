"""Monthly statements: `/api/v1/statements`."""

from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit.clients import caller_id
from kit.downloads import attachment
from kit.errors import InvalidInput
from transactions.api.export import OwnFormat
from transactions.api.filters import choice
from transactions.queries.export import CONTENT_TYPES
from transactions.services import statement_files, statements

FORMAT = OpenApiParameter("format", str, required=True, enum=statements.FORMS)


class MonthOut(serializers.Serializer[Any]):
    month = serializers.CharField(help_text="Such as 2026-11, in UTC.")


class MonthsOut(serializers.Serializer[Any]):
    results = MonthOut(many=True)


class StatementPart(serializers.Serializer[Any]):
    wallet_id = serializers.CharField()
    asset = serializers.CharField()
    part = serializers.ChoiceField(choices=["available", "held"])
    opening = serializers.CharField()
    closing = serializers.CharField()
    entries = serializers.IntegerField()


class StatementOut(serializers.Serializer[Any]):
    month = serializers.CharField()
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="Not included.")
    parts = StatementPart(many=True)


class StatementsView(APIView):
    @extend_schema(operation_id="statements_list", responses=MonthsOut)
    def get(self, request: Request) -> Response:
        """List the months of which the caller has a statement, the latest first."""
        found = statements.months(user_id=caller_id(request), now=timezone.now())
        return Response({"results": [{"month": str(month)} for month in found]})


class StatementView(APIView):
    @extend_schema(responses=StatementOut)
    def get(self, request: Request, month: str) -> Response:
        """Show what each account held at the beginning and at the end of a month."""
        now, user_id = timezone.now(), caller_id(request)
        found = statements.read_month(month, user_id=user_id, now=now)
        statement = statements.issue(user_id=user_id, month=found, now=now)
        parts = [
            {
                "wallet_id": part.wallet_id,
                "asset": part.asset,
                "part": part.name,
                "opening": statement_files.amount(part, part.opening),
                "closing": statement_files.amount(part, part.closing),
                "entries": len(part.lines),
            }
            for part in statement.parts
        ]
        return Response({"month": month, "begins_at": found.begins_at, "ends_at": found.ends_at, "parts": parts})


class StatementFileView(APIView):
    content_negotiation_class = OwnFormat

    @extend_schema(
        parameters=[FORMAT],
        responses={
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR),
            (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY),
        },
    )
    def get(self, request: Request, month: str) -> HttpResponseBase:
        """Download the statement of a month with every entry."""
        form = choice(request.query_params, "format", statements.FORMS)
        if not form:
            raise InvalidInput(fields={"format": [f"Say which: {' or '.join(statements.FORMS)}."]})
        now, user_id = timezone.now(), caller_id(request)
        found = statements.read_month(month, user_id=user_id, now=now)
        statement = statements.take(user_id=user_id, month=found, form=form, now=now)
        return attachment(
            statement_files.pieces(statement, form),
            name=statement_files.file_name(statement, form),
            content_type=CONTENT_TYPES[form],
        )
