"""Money on its way, for looking at: no row here can be added, changed or deleted by anyone."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone

from assets.queries import get_asset
from kit.back_office import ReadOnlyAdmin, StoryAdmin
from kit.money import format_minor
from transactions.admin import desk, refills, rescans, suspense
from transactions.models import Coin, Deposit, Intervention, NonceLane, Transaction
from transactions.queries.desk import next_move
from transactions.queries.find import look_up
from transactions.queries.story import tell

__all__ = ["refills", "rescans"]


@admin.register(Transaction)
class TransactionAdmin(StoryAdmin):
    list_display = ("id", "type", "status", "sub_status", "amount", "network", "user", "created_at", "next_look_at")
    fields = (
        *("id", "type", "status", "sub_status", "user", "wallet", "recipient_user", "recipient_wallet", "network"),
        *("amount", "fee", "max_fee", "from_address", "to_address", "priority", "txid", "confirmations"),
        *("required_confirmations", "failure_code", "failure_reason", "created_at", "updated_at", "next_look_at"),
        *("looked_at_count", "key"),
    )
    readonly_fields = fields
    list_filter = ("type", "status", "network")
    list_select_related = ("user", "network")
    search_fields = ("id",)
    search_help_text = "An id (transaction, wallet, person), a person's e-mail address, or a network's txid"
    change_form_before_template = "admin/transactions/next.html"
    change_form_after_template = "admin/transactions/story.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transaction], search_term: str
    ) -> tuple[QuerySet[Transaction], bool]:
        return look_up(queryset, search_term.strip()), False

    def story(self, request: HttpRequest, row: Transaction) -> dict[str, Any]:
        story = tell(row)
        is_wanted = any(each.status == Intervention.State.WANTED for each in story.interventions)
        move = next_move(row, story.steps, now=timezone.now(), is_wanted=is_wanted)
        return {**desk.context(request), "story": story, "next_move": move}

    def get_urls(self) -> list[URLPattern]:
        """Add the desk, before the address that would take its name for a transaction's."""
        found: list[URLPattern] = super().get_urls()
        return [*desk.urls(self.admin_site), *suspense.urls(self.admin_site), *found]

    @admin.display(description="Amount")
    def amount(self, transaction: Transaction) -> str:
        return _money(transaction.amount_minor, transaction.asset_id)

    @admin.display(description="Network fee")
    def fee(self, transaction: Transaction) -> str:
        return _money(transaction.fee_minor, transaction.fee_asset_id)

    @admin.display(description="Highest network fee")
    def max_fee(self, transaction: Transaction) -> str:
        return _money(transaction.max_fee_minor, transaction.fee_asset_id)


@admin.register(Deposit)
class DepositAdmin(ReadOnlyAdmin):
    list_display = ("id", "status", "amount", "network", "address", "txid", "height", "created_at")
    fields = (
        *("id", "transaction", "wallet", "status", "network", "amount", "owed", "address", "txid", "index", "height"),
        *("block_hash", "credits", "reversals", "sweep", "created_at", "updated_at"),
    )
    readonly_fields = fields
    list_filter = ("status", "network")
    list_select_related = ("network",)
    search_fields = ("id__exact", "txid__exact")
    search_help_text = "A deposit's id, or a network's txid"

    @admin.display(description="Amount")
    def amount(self, deposit: Deposit) -> str:
        return _money(deposit.amount_minor, deposit.asset_id)

    @admin.display(description="Owed after a reorg")
    def owed(self, deposit: Deposit) -> str:
        return _money(deposit.owed_minor, deposit.asset_id)


@admin.register(Coin)
class CoinAdmin(ReadOnlyAdmin):
    list_display = ("txid", "vout", "network", "minor", "is_change", "height", "reserved_for", "spent_height")
    fields = (*list_display, "address")
    readonly_fields = fields
    list_filter = ("network", "is_change")
    list_select_related = ("network", "reserved_by")
    search_fields = ("txid__exact",)
    search_help_text = "A network's txid"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coin]:
        found: QuerySet[Coin] = super().get_queryset(request).defer("reserved_by__raw")
        return found

    @admin.display(description="Reserved for")
    def reserved_for(self, coin: Coin) -> str:
        return str(coin.reserved_by) if coin.reserved_by else ""


@admin.register(NonceLane)
class NonceLaneAdmin(ReadOnlyAdmin):
    list_display = fields = ("sender", "network", "next_nonce")
    list_select_related = ("network",)
    search_fields = ("sender__exact",)


def _money(minor: int | None, asset: str) -> str:
    """Return an amount in units with its asset, exactly."""
    return "" if minor is None else f"{format_minor(minor, scale=get_asset(asset).scale)} {asset}"
