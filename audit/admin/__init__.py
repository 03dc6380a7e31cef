"""The record of everything that happened, for looking things up in; nothing in it can be changed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.html import format_html

from audit.admin import pages
from audit.models import Checkpoint, Entry, NetworkAnchor
from audit.queries import Sought, find
from events.models import Event
from kit.back_office import ReadOnlyAdmin
from kit.ids import is_id


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("id", "happened_at", "category", "name", "type", "subject", "actor", "user_id", "request_id")
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


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("position", "happened_at", "category", "name", "type", "subject", "actor", "person")
    fields = (
        *("position", "happened_at", "category", "name", "type", "subject", "transaction_id", "actor", "person"),
        *("event_id", "xid", "content", "previous", "hash"),
    )
    readonly_fields = fields
    search_fields = ("type",)
    search_help_text = "A person's or a transaction's id, a type or a category, a name, or a subject"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if is_id(term, "usr"):
            return find(Sought(person=term), among=queryset), False
        if is_id(term, "txn"):
            return find(Sought(transaction=term), among=queryset), False
        if ":" in term:
            return queryset.filter(subject=term), False
        sought = Sought(name=term) if term[0].isupper() else Sought(kind=term)
        return find(sought, among=queryset), False

    def get_urls(self) -> list[URLPattern]:
        """Add the search and the export, before the address that would take their names for a position."""
        found: list[URLPattern] = super().get_urls()
        return [*pages.urls(self.admin_site), *found]

    @admin.display(description="Whose")
    def person(self, entry: Entry) -> str:
        if not entry.user_id:
            return ""
        address = f"{reverse('admin:audit_search')}?person={entry.user_id}&order=oldest"
        return format_html('<a class="desk-link" href="{}">{}</a>', address, entry.user_id)


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    list_display = ("number", "first", "last", "signed_at")
    fields = (*list_display, "content", "signature")
    readonly_fields = fields


@admin.register(NetworkAnchor)
class NetworkAnchorAdmin(ReadOnlyAdmin):
    list_display = ("transaction_id", "checkpoint", "network", "height", "txid", "recorded_at")
    fields = (*list_display, "hash", "chain", "account")
    readonly_fields = fields
