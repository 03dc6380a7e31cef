"""Outside companies: how they do, what was said to them, and the switches. No secret is stored, so none is shown."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from kit.back_office import ReadOnlyAdmin, ReadOnlyInline
from kit.errors import DomainError
from providers import services
from providers.adapters.redaction import redact
from providers.models import Call, Health, Provider, Webhook
from providers.queries import is_configured, latency_ms, success_rate
from providers.services import inbox

_MEASURES = ("success", "latency", "cooling_until", "failures", "last_error", "last_ok_at", "last_failed_at")


class _Measured:
    """What was measured of one operation, in words."""

    @admin.display(description="Answered")
    def success(self, health: Health) -> str:
        return _percent([health])

    @admin.display(description="Latency")
    def latency(self, health: Health) -> str:
        return _milliseconds([health])


class HealthInline(_Measured, ReadOnlyInline):
    model = Health
    fields = readonly_fields = ("operation", *_MEASURES)
    ordering = ("operation",)


@admin.register(Provider)
class ProviderAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "code",
        "kind",
        "is_enabled",
        "is_pinned",
        "is_set_up",
        "success",
        "latency",
        "cooling_until",
        "last_error",
    )
    fields = (
        *list_display,
        "adapter",
        "countries",
        "fiats",
        "assets",
        "limits",
        "costs",
        "usual_seconds",
        "updated_at",
    )
    readonly_fields = fields
    list_filter = ("kind", "is_enabled")
    ordering = ("kind", "code")
    inlines = (HealthInline,)
    actions = ("enable", "disable", "pin", "unpin", "try_again")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        rows: QuerySet[Provider] = super().get_queryset(request)
        return rows.prefetch_related("health")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may work the switches: the model's change permission, though no field is editable."""
        return bool(request.user.has_perm("providers.change_provider"))

    @admin.display(description="Set up", boolean=True)
    def is_set_up(self, provider: Provider) -> bool:
        return is_configured(provider.code)

    @admin.display(description="Answered")
    def success(self, provider: Provider) -> str:
        return _percent(list(provider.health.all()))

    @admin.display(description="Latency")
    def latency(self, provider: Provider) -> str:
        return _milliseconds(list(provider.health.all()))

    @admin.display(description="Left alone until")
    def cooling_until(self, provider: Provider) -> str:
        now = timezone.now()
        cooling = [row for row in provider.health.all() if row.cooling_until and row.cooling_until > now]
        return ", ".join(f"{row.operation}: {row.cooling_until:%Y-%m-%d %H:%M:%S}" for row in cooling)

    @admin.display(description="Last error")
    def last_error(self, provider: Provider) -> str:
        failed = [row for row in provider.health.all() if row.last_failed_at]
        if not failed:
            return ""
        last = max(failed, key=lambda row: row.last_failed_at or row.pk)
        return f"{last.last_error} ({last.operation}, {last.last_failed_at:%Y-%m-%d %H:%M:%S})"

    @admin.action(description="Use for new business", permissions=["operate"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._each(request, queryset, services.set_enabled, is_enabled=True)

    @admin.action(description="Switch off for new business", permissions=["operate"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._each(request, queryset, services.set_enabled, is_enabled=False)

    @admin.action(description="Choose before all others", permissions=["operate"])
    def pin(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._each(request, queryset, services.set_pinned, is_pinned=True)

    @admin.action(description="Choose as any other", permissions=["operate"])
    def unpin(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._each(request, queryset, services.set_pinned, is_pinned=False)

    @admin.action(description="Try again now", permissions=["operate"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._each(request, queryset, services.end_cool_down)

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Provider], act: Callable[..., None], **switch: bool
    ) -> None:
        for provider in queryset:
            try:
                act(provider=provider.code, actor=str(request.user.pk), now=timezone.now(), **switch)
            except DomainError as error:
                self.message_user(request, f"{provider.name}: {error.what_happened}", messages.ERROR)


@admin.register(Health)
class HealthAdmin(_Measured, ReadOnlyAdmin):
    list_display = fields = readonly_fields = ("provider", "operation", *_MEASURES)
    list_filter = ("provider",)
    list_select_related = ("provider",)
    ordering = ("provider", "operation")


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = (
        "asked_at",
        "provider",
        "operation",
        "outcome",
        "error",
        "has_left",
        "milliseconds",
        "operation_id",
        "subject",
    )
    fields = ("id", *list_display, "reason", "said")
    readonly_fields = fields
    list_filter = ("provider", "outcome", "operation")
    list_select_related = ("provider",)
    search_fields = ("operation_id__exact", "subject__exact")
    search_help_text = "A whole operation id, or what the call was for, such as transactions.transaction:txn_…"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        rows: QuerySet[Call] = super().get_queryset(request)
        shown = request.resolver_match and (request.resolver_match.url_name or "")
        return rows.defer("exchanges") if shown and shown.endswith("_changelist") else rows

    @admin.display(description="What was said")
    def said(self, call: Call) -> str:
        return format_html("<pre>{}</pre>", json.dumps(call.exchanges, indent=2, ensure_ascii=False))


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "provider", "type", "status", "operation_id", "tries", "repeats", "next_try_at")
    fields = ("id", *list_display, "event_id", "reason", "updated_at", "said")
    readonly_fields = fields
    list_filter = ("provider", "status")
    list_select_related = ("provider",)
    search_fields = ("operation_id__exact", "event_id__exact")
    search_help_text = "A whole operation id, or the event's id"
    actions = ("replay",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        rows: QuerySet[Webhook] = super().get_queryset(request)
        shown = request.resolver_match and (request.resolver_match.url_name or "")
        return rows.defer("raw", "headers") if shown and shown.endswith("_changelist") else rows

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may replay: the model's change permission, though no field is editable."""
        return bool(request.user.has_perm("providers.change_webhook"))

    @admin.display(description="What it says, without whom it is about")
    def said(self, webhook: Webhook) -> str:
        try:
            read = json.loads(bytes(webhook.raw))
        except ValueError:
            read = "It is no JSON."
        return format_html("<pre>{}</pre>", json.dumps(redact(read), indent=2, ensure_ascii=False))

    @admin.action(description="Hand out once more", permissions=["operate"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        for webhook in queryset:
            try:
                inbox.replay(webhook, str(request.user.pk), timezone.now())
            except DomainError as error:
                self.message_user(request, f"{webhook}: {error.what_happened}", messages.ERROR)


def _percent(rows: list[Health]) -> str:
    return f"{success_rate(rows, now=timezone.now()):.1%}" if rows else ""


def _milliseconds(rows: list[Health]) -> str:
    mean: Any = latency_ms(rows, now=timezone.now())
    return f"{mean:.0f} ms" if mean else ""
