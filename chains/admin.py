"""How networks and their endpoints do; an operator may switch an endpoint off and resume a halted network."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from chains import services
from chains.models import Cursor, Endpoint, FailedBlock, FoundSend
from chains.queries import NetworkHealth, network_health, networks_health
from chains.services import endpoints, failures
from kit.back_office import ReadOnlyAdmin
from kit.errors import DomainError


class _OperatedAdmin(ReadOnlyAdmin):
    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may act on networks: the model's change permission, though no field is editable."""
        return bool(request.user.has_perm(f"chains.change_{self.model._meta.model_name}"))


@admin.register(Cursor)
class CursorAdmin(_OperatedAdmin):
    list_display = fields = (
        "network",
        "height",
        "lag",
        "window",
        "endpoints_well",
        "reported_at",
        "halted_at",
        "halted_reason",
        "updated_at",
    )
    readonly_fields = fields
    ordering = ("network",)
    actions = ("resume",)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Ask once how all networks do, and not once a row."""
        shown = super().get_changelist_instance(request)
        health = {each.network: each for each in networks_health()}
        for cursor in shown.result_list:
            cursor.health = health[cursor.network]
        return shown

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Cursor | None:
        cursor: Any = super().get_object(request, object_id, from_field)
        if cursor is not None:
            cursor.health = network_health(cursor.network)
        found: Cursor | None = cursor
        return found

    @admin.display(description="Blocks behind")
    def lag(self, cursor: Cursor) -> int:
        return _health(cursor).lag_blocks

    @admin.display(description="Endpoints well")
    def endpoints_well(self, cursor: Cursor) -> str:
        health = _health(cursor)
        return f"{health.endpoints_well} of {health.endpoints}"

    @admin.display(description="Reported at")
    def reported_at(self, cursor: Cursor) -> datetime | None:
        return _health(cursor).reported_at

    @admin.action(description="Resume a halted network", permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Cursor]) -> None:
        for cursor in queryset:
            try:
                height = services.resume(network=cursor.network, actor=str(request.user.pk), now=timezone.now())
                self.message_user(request, f"{cursor.network} is read again from block {height}.")
            except DomainError as error:
                self.message_user(request, f"{cursor.network}: {error.what_happened}", messages.ERROR)


def _health(cursor: Any) -> NetworkHealth:
    """Return what was asked once for the whole page."""
    health: NetworkHealth = cursor.health
    return health


@admin.register(FailedBlock)
class FailedBlockAdmin(_OperatedAdmin):
    list_display = ("network", "height", "tries", "problem", "first_failed_at", "next_try_at", "told_at", "read_at")
    fields = readonly_fields = (*list_display, "last_failed_at")
    list_filter = ("network", ("read_at", admin.EmptyFieldListFilter))
    actions = ("retry",)

    @admin.action(description="Ask for these blocks again now", permissions=["operate"])
    def retry(self, request: HttpRequest, queryset: QuerySet[FailedBlock]) -> None:
        for failed in queryset:
            failures.retry_now(failed_id=failed.pk)


@admin.register(FoundSend)
class FoundSendAdmin(ReadOnlyAdmin):
    list_display = ("network", "txid", "height", "sender", "subject", "found_at")
    fields = readonly_fields = (*list_display, "replay_tokens", "outputs")
    list_filter = ("network",)
    search_fields = ("txid", "subject")
    ordering = ("-id",)


@admin.register(Endpoint)
class EndpointAdmin(_OperatedAdmin):
    list_display = fields = (
        "network",
        "name",
        "is_enabled",
        "consecutive_failures",
        "last_error",
        "cooling_until",
        "last_ok_at",
        "success",
        "latency_ms",
        "highest_block",
        "reported_at",
    )
    readonly_fields = fields
    list_filter = ("is_enabled",)
    ordering = ("network", "name")
    actions = ("enable", "disable")

    @admin.display(description="Answered")
    def success(self, endpoint: Endpoint) -> str:
        return f"{endpoint.success_rate:.1%}"

    @admin.action(description="Ask these endpoints again", permissions=["operate"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self._switch(request, queryset, is_enabled=True)

    @admin.action(description="Leave these endpoints alone", permissions=["operate"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self._switch(request, queryset, is_enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Endpoint], *, is_enabled: bool) -> None:
        for endpoint in queryset:
            endpoints.set_enabled(
                endpoint_id=endpoint.pk, is_enabled=is_enabled, actor=str(request.user.pk), now=timezone.now()
            )
