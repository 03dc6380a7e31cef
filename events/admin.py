"""What operators see of the bus: how far everybody has read, and events that failed with somebody."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from events.bus import desk
from events.models import Carried, Listener, Poisoned
from kit.back_office import ReadOnlyAdmin
from kit.errors import DomainError


@admin.register(Listener)
class ListenerAdmin(ReadOnlyAdmin):
    """A consumer's place in the one order of events; a stopped one waits for what is on the desk."""

    list_display = ("name", "xid", "number", "moved_at", "stopped_at")
    fields = readonly_fields = (*list_display, "ahead")


@admin.register(Carried)
class CarriedAdmin(ReadOnlyAdmin):
    """What of each app was brought to the bus last, where there is one outside the database."""

    list_display = fields = readonly_fields = ("context", "xid", "number")


@admin.register(Poisoned)
class PoisonedAdmin(ReadOnlyAdmin):
    list_display = (
        *("event_id", "listener_id", "error", "is_stopping", "tries", "first_at", "last_at"),
        *("solved_at", "outcome"),
    )
    fields = readonly_fields = list_display
    list_filter = (("solved_at", admin.EmptyFieldListFilter), "is_stopping")
    actions = ("try_again", "pass_over")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("events.change_poisoned"))

    @admin.action(description="Try again", permissions=["operate"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Poisoned]) -> None:
        def retry(row: Poisoned, actor: str) -> None:
            if not desk.retry(poisoned=row, actor=actor, now=timezone.now()):
                self.message_user(request, f"{row}: it failed again.", messages.WARNING)

        self._each(request, queryset, retry)

    @admin.action(description="Pass over: it stays without effect", permissions=["operate"])
    def pass_over(self, request: HttpRequest, queryset: QuerySet[Poisoned]) -> None:
        def pass_over(row: Poisoned, actor: str) -> None:
            desk.pass_over(poisoned=row, actor=actor, now=timezone.now())

        self._each(request, queryset, pass_over)

    def _each(self, request: HttpRequest, queryset: QuerySet[Poisoned], work: Callable[[Poisoned, str], None]) -> None:
        for row in queryset.order_by("event_id"):
            try:
                work(row, str(request.user.pk))
            except DomainError as error:
                self.message_user(request, f"{row}: {error.what_happened}", messages.ERROR)
            except LookupError as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
