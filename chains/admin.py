"""How networks and their endpoints do; an operator may switch an endpoint off and resume a halted network."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from chains import services
from chains.models import Cursor, Endpoint
from chains.queries import network_health
from kit.errors import DomainError


class _ReadOnly(ModelAdmin):  # type: ignore[misc]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may act on networks: the model's change permission, though no field is editable."""
        return bool(request.user.has_perm(f"chains.change_{self.model._meta.model_name}"))


@admin.register(Cursor)
class CursorAdmin(_ReadOnly):
    list_display = ("network", "height", "lag", "endpoints_well", "halted_at", "halted_reason", "updated_at")
    fields = ("network", "height", "hash", "halted_at", "halted_reason", "updated_at")
    actions = ("resume",)

    @admin.display(description="Blocks behind")
    def lag(self, cursor: Cursor) -> int:
        return network_health(cursor.network).lag_blocks

    @admin.display(description="Endpoints well")
    def endpoints_well(self, cursor: Cursor) -> str:
        health = network_health(cursor.network)
        return f"{health.endpoints_well} of {health.endpoints}"

    @admin.action(description="Resume a halted network", permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Cursor]) -> None:
        for cursor in queryset:
            try:
                height = services.resume(network=cursor.network, actor=str(request.user.pk), now=timezone.now())
                self.message_user(request, f"{cursor.network} is read again from block {height}.")
            except DomainError as error:
                self.message_user(request, f"{cursor.network}: {error.what_happened}", messages.ERROR)


@admin.register(Endpoint)
class EndpointAdmin(_ReadOnly):
    list_display = fields = (
        "network",
        "name",
        "is_enabled",
        "consecutive_failures",
        "last_error",
        "last_ok_at",
        "latency_ms",
        "highest_block",
        "reported_at",
    )
    list_filter = ("network", "is_enabled")
    actions = ("enable", "disable")

    @admin.action(description="Ask these endpoints again", permissions=["operate"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self._switch(request, queryset, is_enabled=True)

    @admin.action(description="Leave these endpoints alone", permissions=["operate"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self._switch(request, queryset, is_enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Endpoint], *, is_enabled: bool) -> None:
        for endpoint in queryset:
            services.set_endpoint_enabled(
                endpoint_id=endpoint.pk, is_enabled=is_enabled, actor=str(request.user.pk), now=timezone.now()
            )
