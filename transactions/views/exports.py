"""Taking one's transactions away as a file: what to ask for, how far it is, and the file itself."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from kit.errors import DomainError
from kit.pages import page, viewer_id
from transactions.models import Export
from transactions.queries.export import CONTENT_TYPES, file_name
from transactions.queries.exports import list_exports
from transactions.services import exports
from transactions.views.filters import ActivityForm

SHOWN = 50
COLUMNS = [
    {"label": gettext_lazy("File")},
    {"label": gettext_lazy("When"), "class": "on-desktop"},
    {"label": gettext_lazy("How far"), "is_end": True},
]


@require_http_methods(["GET", "POST"])
@page
def exports_page(request: HttpRequest) -> HttpResponse:
    """Let a person ask for a file with what the activity page showed, and list those they asked for."""
    form = ActivityForm(request.GET, user_id=viewer_id(request))
    if request.method != "POST":
        return _show(request, form)
    chosen = request.POST.get("form", "")
    try:
        exports.request(
            user_id=viewer_id(request),
            form=chosen if chosen in Export.Form.values else Export.Form.CSV,
            wanted=form.narrowing(),
            now=timezone.now(),
        )
    except DomainError as problem:
        return _show(request, form, problem)
    messages.success(request, _("Your file is being written. You can leave this page meanwhile."))
    return redirect("exports")


@require_GET
@page
def export_file(request: HttpRequest, export_id: str) -> FileResponse:
    """Hand a file to the person who asked for it, by a link that holds for minutes."""
    export, path = exports.open_file(
        user_id=viewer_id(request), export_id=export_id, token=request.GET.get("token", ""), now=timezone.now()
    )
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=file_name(export.form, at=export.created_at),
        content_type=CONTENT_TYPES[export.form],
        headers={"Cache-Control": "private, no-store"},
    )


def _show(request: HttpRequest, form: ActivityForm, problem: DomainError | None = None) -> HttpResponse:
    filters = {name: str(value) for name, value in request.GET.items() if value and name in form.fields}
    context = {
        "problem": problem,
        "said": form.said(),
        "query": f"?{urlencode(filters)}" if filters else "",
        "choices": Export.Form.choices,
        "columns": COLUMNS,
        "rows": [_row(each) for each in list_exports(user_id=viewer_id(request))[:SHOWN]],
        "kept_days": settings.EXPORT_DAYS,
    }
    return render(request, "transactions/exports.html", context, status=problem.status if problem else 200)


def _row(export: Export) -> dict[str, Any]:
    link = ""
    if export.status == Export.State.READY:
        link = f"/activity/exports/{export.pk}/file/?token={exports.token(export, now=timezone.now())}"
    return {"export": export, "link": link, "is_narrowed": bool(export.wanted)}
