"""The record of everything that happened, for looking things up in."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from events.models import Event
from kit.back_office import ReadOnlyAdmin
from kit.ids import is_id


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("id", "happened_at", "type", "subject", "actor", "user_id", "request_id")
    fields = (*list_display, "data", "live_type", "live_data")
    readonly_fields = fields
    # Anything non-empty shows the search box; what is looked for is decided below, so that an index answers it.
    search_fields = ("subject",)
    search_help_text = "A person's id, a type such as transaction.completed, or a subject such as wallets.wallet:wal_…"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if is_id(term, "usr"):
            return queryset.filter(user_id=term), False
        return queryset.filter(subject=term) if ":" in term else queryset.filter(type=term), False
