"""What was published, what was read, and which sends are halted; what can be done is on a page of its own."""

from django.contrib import admin
from django.urls import URLPattern

from assets.queries import get_asset
from kit.back_office import ReadOnlyAdmin
from kit.money import format_minor
from solvency.admin import pages
from solvency.models import Reading, Snapshot
from transactions.models import SendHalt


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin):
    list_display = ("taken_at", "asset", "verdict", "owed", "there", "missing", "height", "nodes", "reason")
    fields = (*list_display, "block_hash", "figures")
    readonly_fields = fields
    list_filter = ("asset", "verdict")

    def get_urls(self) -> list[URLPattern]:
        """Add the guard's pages, before the address that would take their names for a reading's."""
        found: list[URLPattern] = super().get_urls()
        return [*pages.urls(self.admin_site), *found]

    @admin.display(description="People hold")
    def owed(self, reading: Reading) -> str:
        return _amount(reading, reading.liabilities_minor)

    @admin.display(description="There to cover it")
    def there(self, reading: Reading) -> str:
        return _amount(reading, reading.assets_minor)

    @admin.display(description="Missing")
    def missing(self, reading: Reading) -> str:
        return _amount(reading, reading.missing_minor)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ("number", "status", "taken_at", "digest", "abandoned_reason")
    fields = (*list_display, "updated_at", "roots")
    readonly_fields = fields
    list_filter = ("status",)


@admin.register(SendHalt)
class SendHaltAdmin(ReadOnlyAdmin):
    list_display = ("id", "asset", "status", "reason", "halted_by", "created_at", "wanted_by", "approved_by")
    fields = (*list_display, "missing_minor", "wanted_reason", "accepted_minor", "updated_at")
    readonly_fields = fields
    list_filter = ("asset", "status")


def _amount(reading: Reading, minor: int | None) -> str:
    return "" if minor is None else f"{format_minor(minor, scale=get_asset(reading.asset_id).scale)} {reading.asset_id}"
