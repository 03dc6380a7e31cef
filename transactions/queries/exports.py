"""The files somebody asked for."""

from typing import Any

from django.db.models import QuerySet

from kit.errors import NotFound
from transactions.models import Export


def list_exports(*, user_id: str) -> QuerySet[Export]:
    """Return a person's files, the newest first."""
    return Export.objects.filter(user_id=user_id).order_by("-id")


def get_export(*, user_id: str, export_id: str) -> Export:
    """
    Return this person's file.

    :raises NotFound: if it does not exist or is someone else's: the caller cannot tell which
    """
    found = list_exports(user_id=user_id).filter(pk=export_id).first()
    if found is None:
        raise NotFound("There is no such file.")
    return found


def show(export: Export) -> dict[str, Any]:
    """Return a file as the API and the live feed show it; without the link, which is made when it is asked for."""
    failure = {"code": export.failure_code, "reason": export.failure_reason}
    return {
        "id": export.pk,
        "format": export.form,
        "filters": export.wanted,
        "status": export.status,
        "progress": export.progress,
        "rows": export.rows_total,
        "size_bytes": export.size_bytes,
        "failure": failure if export.failure_code else None,
        "created_at": export.created_at.isoformat(),
    }
