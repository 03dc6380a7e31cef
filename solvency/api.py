"""Published proofs of solvency for everybody, and one's own proof: `/api/v1/solvency`."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit.clients import caller_id
from kit.pagination import KeysetPagination
from solvency.models import Snapshot
from solvency.queries.proofs import proof
from solvency.queries.published import published


class SnapshotOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    sha256 = serializers.CharField(help_text="Of the file of roots; everybody must be given the same.")
    roots_url = serializers.CharField(help_text="Totals and roots, as they were published.")
    reserves_url = serializers.CharField(help_text="Our addresses with balances and signatures.")


class SiblingOut(serializers.Serializer[Any]):
    hash = serializers.CharField()
    sum = serializers.CharField(help_text="Minor units.")


class ProofOut(serializers.Serializer[Any]):
    format = serializers.CharField()
    snapshot = serializers.IntegerField()
    asset = serializers.CharField()
    person = serializers.CharField()
    balance = serializers.CharField(help_text="Available and held together, in minor units.")
    salt = serializers.CharField(help_text="Hides the balance from others: not to be published.")
    place = serializers.IntegerField()
    siblings = SiblingOut(many=True)


class SnapshotsView(GenericAPIView[Any]):
    """Every published proof of solvency, the newest first."""

    permission_classes = [AllowAny]
    serializer_class = SnapshotOut
    pagination_class = KeysetPagination
    keyset_ordering = ["number"]

    @extend_schema(responses=SnapshotOut(many=True))
    def get(self, request: Request) -> Response:
        """List what was published. Public."""
        rows = self.paginate_queryset(published())
        return self.get_paginated_response([_show(snapshot) for snapshot in rows or []])


class OwnProofView(APIView):
    """The caller's own proof, for check_inclusion.py. There is no way to ask for another person's."""

    @extend_schema(responses=ProofOut)
    def get(self, request: Request, number: int, asset: str) -> Response:
        """Return the proof that the caller's balance is in a snapshot's total."""
        return Response(proof(user_id=caller_id(request), snapshot=number, asset=asset))


def _show(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "number": snapshot.number,
        "at": snapshot.taken_at,
        "sha256": snapshot.digest,
        "roots_url": f"/solvency/{snapshot.number}/roots.json",
        "reserves_url": f"/solvency/{snapshot.number}/reserves.json",
    }
