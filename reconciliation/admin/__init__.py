"""Runs, cases and thresholds, for looking at; what can be done about a case is a page of its own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.html import format_html

from kit.back_office import StoryAdmin
from reconciliation.admin import pages, treasury
from reconciliation.admin.shown import case_story, money, run_story
from reconciliation.models import Case, Run, Threshold


@admin.register(Run)
class RunAdmin(StoryAdmin):
    list_display = ("started_at", "subject", "network", "scope", "result", "height", "nodes", "milliseconds", "reason")
    fields = (
        *("subject", "network", "scope", "result", "reason", "height", "block", "nodes", "started_at", "ended_at"),
        *("milliseconds", "since_at", "since_height"),
    )
    readonly_fields = fields
    list_filter = ("subject", "network", "scope", "result")
    change_form_after_template = "admin/reconciliation/run.html"

    def story(self, request: HttpRequest, row: Run) -> dict[str, Any]:
        return run_story(row)

    def get_urls(self) -> list[URLPattern]:
        """Add the treasury, before the address that would take its name for a run's."""
        found: list[URLPattern] = super().get_urls()
        return [*treasury.urls(self.admin_site), *found]

    @admin.display(description="Block hash")
    def block(self, run: Run) -> str:
        return _breaking(run.block_hash)


@admin.register(Case)
class CaseAdmin(StoryAdmin):
    list_display = ("id", "status", "kind", "difference", "summary", "found_count", "opened_at", "found_at")
    fields = (
        *("id", "status", "kind", "what", "difference", "treasury", "deposits", "cold", "found_count", "opened_at"),
        *("found_at", "first_run", "last_run"),
    )
    readonly_fields = fields
    list_filter = ("status", "kind", "network", "asset")
    search_fields = ("id__exact", "key__exact")
    search_help_text = "A case's id, or its whole key such as network:bitcoin:BTC"
    change_form_before_template = "admin/reconciliation/case_head.html"
    change_form_after_template = "admin/reconciliation/case.html"

    def story(self, request: HttpRequest, row: Case) -> dict[str, Any]:
        return {**pages.context(request), **case_story(row)}

    def get_urls(self) -> list[URLPattern]:
        """Add what can be done, before the address that would take its name for a case's."""
        found: list[URLPattern] = super().get_urls()
        return [*pages.urls(self.admin_site), *found]

    @admin.display(description="Key")
    def what(self, case: Case) -> str:
        return _breaking(case.key)

    @admin.display(description="Difference, above zero: more than booked")
    def difference(self, case: Case) -> str:
        return money(case.difference_minor, case.asset)

    @admin.display(description="Of it on the treasury's addresses")
    def treasury(self, case: Case) -> str:
        return money(case.treasury_minor, case.asset)

    @admin.display(description="Of it on deposit addresses")
    def deposits(self, case: Case) -> str:
        return money(case.deposits_minor, case.asset)

    @admin.display(description="Of it on cold addresses")
    def cold(self, case: Case) -> str:
        return money(case.cold_minor, case.asset)


@admin.register(Threshold)
class ThresholdAdmin(StoryAdmin):
    list_display = fields = readonly_fields = ("asset", "amount", "minor", "updated_by", "updated_at")
    ordering = ("asset",)
    change_form_before_template = "admin/reconciliation/threshold_head.html"

    def story(self, request: HttpRequest, row: Threshold) -> dict[str, Any]:
        return pages.context(request)

    @admin.display(description="Up to which it is set right by itself")
    def amount(self, threshold: Threshold) -> str:
        return money(threshold.minor, threshold.asset)


def _breaking(text: str) -> str:
    """Return a long word that may break anywhere, so that it fits a telephone."""
    return format_html('<span class="break-anywhere">{}</span>', text)
