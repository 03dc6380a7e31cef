"""What operators see: who was told what and how it went, and events that nobody could be told of."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from kit.back_office import ReadOnlyAdmin, ReadOnlyInline
from kit.errors import DomainError
from notifications import services
from notifications.models import Attempt, Delivery, Notification, Poisoned


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = readonly_fields = ("at", "is_ok", "status", "reason", "milliseconds")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Whom, when and how it went. What was said stands with the notification; secrets stand nowhere."""

    list_display = ("id", "created_at", "user_id", "kind", "channel", "status", "tries", "next_try_at", "reason")
    fields = readonly_fields = (*list_display, "notification_id", "endpoint_id", "sent_at")
    list_filter = ("status", "channel", "kind")
    search_fields = ("id__exact", "user__id__exact", "notification__id__exact")
    search_help_text = "A whole id: of the delivery, the person or the notification."
    inlines = [AttemptInline]


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("id", "created_at", "user_id", "kind", "topic", "title", "read_at")
    fields = readonly_fields = (*list_display, "text", "path", "language", "is_in_inbox", "event_id", "happened_at")
    list_filter = ("kind",)
    search_fields = ("id__exact", "user__id__exact")
    search_help_text = "A whole id: of the notification or the person."


@admin.register(Poisoned)
class PoisonedAdmin(ReadOnlyAdmin):
    list_display = ("event_id", "error", "tries", "first_at", "last_at", "solved_at")
    fields = readonly_fields = list_display
    list_filter = (("solved_at", admin.EmptyFieldListFilter),)
    actions = ("try_again",)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.change_poisoned"))

    @admin.action(description="Try again", permissions=["operate"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Poisoned]) -> None:
        for row in queryset:
            try:
                services.retry(poisoned=row, actor=str(request.user.pk), now=timezone.now())
            except DomainError as error:
                self.message_user(request, f"{row}: {error.what_happened}", messages.ERROR)
