"""Wallets with what they hold, what is reserved of it, their addresses, and saved payees, for looking at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from assets.queries import get_asset
from kit.back_office import ReadOnlyAdmin, ReadOnlyInline
from kit.money import format_minor
from wallets.models import Address, Payee, Reservation, ReservationPart, Wallet
from wallets.queries import Holding, holdings, look_up


class AddressInline(ReadOnlyInline):
    model = Address
    fields = readonly_fields = ("address", "key_id", "tag", "created_at")
    ordering = ("-pk",)


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "network", "label", "held_in_short", "created_at")
    fields = ("id", "user", "network", "label", "balances", "created_at")
    readonly_fields = fields
    list_filter = ("network",)
    list_select_related = ("user", "network")
    inlines = (AddressInline,)
    search_fields = ("id",)
    search_help_text = "A wallet's id, a person's id or e-mail address, or a deposit address"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Wallet], search_term: str
    ) -> tuple[QuerySet[Wallet], bool]:
        return look_up(queryset, search_term.strip()), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Ask the ledger once for the whole page, and not once a row."""
        shown = super().get_changelist_instance(request)
        held = holdings(shown.result_list)
        for wallet in shown.result_list:
            wallet.held = held[wallet.pk]
        return shown

    @admin.display(description="Available + set aside")
    def held_in_short(self, wallet: Any) -> str:
        return ", ".join(_short(holding) for holding in wallet.held)

    @admin.display(description="Balances, from the ledger")
    def balances(self, wallet: Wallet) -> str:
        rows = [
            (
                holding.asset,
                _amount(holding.asset, holding.available),
                _amount(holding.asset, holding.marked),
                _amount(holding.asset, holding.held),
            )
            for holding in holdings([wallet])[wallet.pk]
        ]
        return render_to_string(
            "admin/table.html", {"headings": ("Asset", "Available", "Of which marked", "Set aside"), "rows": rows}
        )


class PartInline(ReadOnlyInline):
    model = ReservationPart
    fields = readonly_fields = ("name", "shown_amount", "shown_settled", "ledger_key")
    ordering = ("name",)

    @admin.display(description="Amount")
    def shown_amount(self, part: ReservationPart) -> str:
        return f"{_amount(part.asset_id, part.minor)} {part.asset_id}"

    @admin.display(description="Settled")
    def shown_settled(self, part: ReservationPart) -> str:
        return f"{_amount(part.asset_id, part.settled_minor)} {part.asset_id}"


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ("id", "wallet", "kind", "status", "purpose", "transaction_id", "created_at", "expires_at")
    fields = ("id", "key", *list_display[1:], "updated_at")
    readonly_fields = fields
    list_filter = ("status", "kind")
    list_select_related = ("wallet",)
    inlines = (PartInline,)
    search_fields = ("id__exact", "key__exact", "wallet__id__exact", "transaction_id__exact")
    search_help_text = "A reservation's id or key, or a wallet's or transaction's id"


@admin.register(Payee)
class PayeeAdmin(ReadOnlyAdmin):
    list_display = fields = ("id", "user", "network", "address", "label", "created_at", "usable_from")
    list_filter = ("network",)
    list_select_related = ("user", "network")
    search_fields = ("id__exact", "user__email__exact")
    search_help_text = "A payee's id, or a person's whole e-mail address"


def _short(holding: Holding) -> str:
    available = _amount(holding.asset, holding.available)
    held = f" + {_amount(holding.asset, holding.held)}" if holding.held else ""
    return f"{available}{held} {holding.asset}"


def _amount(asset: str, minor: int) -> str:
    return format_minor(minor, scale=get_asset(asset).scale)
