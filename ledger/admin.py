"""The books, for reading: accounts with their latest entries, postings with their lines, and holds."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from assets.queries import get_asset
from kit.back_office import ReadOnlyAdmin, ReadOnlyInline
from kit.money import format_minor
from ledger.models import Account, Entry, Hold, Mark, Posting
from ledger.queries import statement


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("code", "asset", "purpose", "shown_balance", "version", "opened_at")
    fields = (
        "code",
        "asset",
        "purpose",
        "normal_side",
        "shown_balance",
        "shown_marked",
        "version",
        "opened_at",
        "latest_entries",
    )
    readonly_fields = fields
    list_filter = ("purpose", "asset")
    list_select_related = ("asset",)
    search_fields = ("code__exact",)
    search_help_text = "A whole code, such as network:bitcoin:treasury"

    @admin.display(description="Balance, credit above zero")
    def shown_balance(self, account: Account) -> str:
        return _money(account.balance, account.asset_id)

    @admin.display(description="Of which marked")
    def shown_marked(self, account: Account) -> str:
        return _money(account.marked, account.asset_id)

    @admin.display(description="Latest entries")
    def latest_entries(self, account: Account) -> str:
        rows = [
            (line.version, line.posted_at, line.posting_key, line.kind, *_both(line, account.asset_id))
            for line in statement(code=account.code, asset=account.asset_id, limit=50)
        ]
        headings = ("Version", "At", "Posting", "Kind", "Amount", "Balance after")
        return render_to_string("admin/table.html", {"headings": headings, "rows": rows})


class EntryInline(ReadOnlyInline):
    model = Entry
    fields = readonly_fields = ("position", "account", "version", "shown_amount", "shown_balance")
    ordering = ("position",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        found: QuerySet[Entry] = super().get_queryset(request).select_related("account")
        return found

    @admin.display(description="Amount")
    def shown_amount(self, entry: Entry) -> str:
        return _money(entry.amount, entry.account.asset_id)

    @admin.display(description="Balance after")
    def shown_balance(self, entry: Entry) -> str:
        return _money(entry.balance_after, entry.account.asset_id)


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin):
    list_display = ("id", "posted_at", "kind", "key", "entry_count", "reverses", "hold")
    fields = (*list_display, "written_at")
    readonly_fields = fields
    list_select_related = ("reverses", "hold")
    inlines = (EntryInline,)
    search_fields = ("key__exact",)
    search_help_text = "A whole key"


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ("key", "held", "shown_amount", "shown_remaining", "reserved_at", "expires_at")
    fields = ("key", "available", *list_display[1:])
    readonly_fields = fields
    list_select_related = ("held",)
    search_fields = ("key__exact",)
    search_help_text = "A whole key, such as send:txn_…"

    @admin.display(description="Amount")
    def shown_amount(self, hold: Hold) -> str:
        return _money(hold.amount, hold.held.asset_id)

    @admin.display(description="Remaining")
    def shown_remaining(self, hold: Hold) -> str:
        return _money(hold.remaining, hold.held.asset_id)


@admin.register(Mark)
class MarkAdmin(ReadOnlyAdmin):
    list_display = fields = readonly_fields = ("key", "account", "shown_amount", "shown_remaining", "marked_at")
    list_select_related = ("account",)
    search_fields = ("key__exact",)
    search_help_text = "A whole key, such as reservation:rsv_…:amount"

    @admin.display(description="Amount")
    def shown_amount(self, mark: Mark) -> str:
        return _money(mark.amount, mark.account.asset_id)

    @admin.display(description="Remaining")
    def shown_remaining(self, mark: Mark) -> str:
        return _money(mark.remaining, mark.account.asset_id)


def _both(line: Any, asset: str) -> tuple[str, str]:
    return _money(line.amount, asset), _money(line.balance_after, asset)


def _money(minor: int, asset: str) -> str:
    return f"{format_minor(minor, scale=get_asset(asset).scale)} {asset}"
