"""Looking through the record by person, transaction, kind, name and time; and taking a part of it along with proof."""

import json
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from audit.admin.forms import OLDEST, Export, Search
from audit.models import Entry
from audit.queries import page_of
from audit.services.export import export_for
from kit.downloads import attachment
from kit.errors import DomainError

SHOWN = 50
HEADINGS = ("#", "At", "What", "About", "By", "Whose", "Data")


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the addresses of the search and of the export, for staff who may see the record."""
    return [
        path("search/", site.admin_view(partial(_search, site)), name="audit_search"),
        path("export/", site.admin_view(partial(_export, site)), name="audit_export"),
    ]


def _search(site: AdminSite, request: HttpRequest) -> HttpResponse:
    _check(request)
    form = Search(request.GET)
    rows: list[Entry] = []
    is_oldest_first = False
    title = "Look through the record"
    if form.is_valid():
        is_oldest_first = form.cleaned_data["order"] == OLDEST
        person = form.cleaned_data["person"]
        title = f"Timeline of {person}" if person else title
        beyond = form.cleaned_data["beyond"]
        rows = page_of(form.sought(), beyond=beyond, is_oldest_first=is_oldest_first, limit=SHOWN + 1)
    shown = {
        **site.each_context(request),
        "title": title,
        "form": form,
        "headings": HEADINGS,
        "rows": [_row(entry) for entry in rows[:SHOWN]],
        "more": _further(request, rows[SHOWN - 1]) if len(rows) > SHOWN else "",
    }
    return TemplateResponse(request, "admin/audit/search.html", shown)


def _export(site: AdminSite, request: HttpRequest) -> HttpResponseBase:
    _check(request)
    form = Export(request.POST if request.method == "POST" else None)
    refusal: DomainError | None = None
    if request.method == "POST" and form.is_valid():
        first, last = form.cleaned_data["first"] or 1, form.cleaned_data["last"]
        try:
            lines = export_for(str(request.user.pk), first=first, last=last, now=timezone.now())
        except DomainError as error:
            refusal = error
        else:
            name = f"record-{first}-{last or 'end'}.jsonl"
            return attachment(lines, name=name, content_type="application/x-ndjson")
    shown = {**site.each_context(request), "title": "Export with proof", "form": form, "refusal": refusal}
    return TemplateResponse(request, "admin/audit/export.html", shown)


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("audit.view_entry"):
        raise PermissionDenied


def _further(request: HttpRequest, last: Entry) -> str:
    given = {name: value for name, value in request.GET.items() if name != "beyond"}
    return "?" + urlencode({**given, "beyond": last.position})


def _row(entry: Entry) -> list[Any]:
    address = reverse("admin:audit_entry_change", args=[entry.position])
    what = " ".join(part for part in (entry.category, entry.name) if part)
    data = json.loads(entry.content)["data"]
    return [
        format_html('<a class="desk-link" href="{}">{}</a>', address, entry.position),
        entry.happened_at,
        f"{entry.type} ({what})" if what else entry.type,
        entry.subject,
        entry.actor,
        entry.user_id,
        json.dumps(data, sort_keys=True, ensure_ascii=False) if data else "",
    ]
