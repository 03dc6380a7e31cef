"""What operators see: who was told what and how it went, and events that nobody could be told of."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from kit.back_office import ReadOnlyAdmin, ReadOnlyInline
from kit.errors import DomainError
from notifications import services
from notifications.models import Attempt, Delivery, Endpoint, Notification, Phone, Poisoned, PushSubscription


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = readonly_fields = ("at", "is_ok", "status", "reason", "milliseconds")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Whom, when, by which channel and how it went. What was said stands with the notification; secrets nowhere."""

    list_display = (
        "id",
        "created_at",
        "user_id",
        "kind",
        "channel",
        "status",
        "report",
        "tries",
        "next_try_at",
        "reason",
    )
    fields = readonly_fields = (
        *list_display,
        "notification_id",
        "endpoint_id",
        "subscription_id",
        "asked_at",
        "sent_at",
        "reference",
        "report_at",
    )
    list_filter = ("status", "channel", "kind", "report")
    search_fields = ("id__exact", "user__id__exact", "notification__id__exact", "reference__exact")
    search_help_text = "A whole id: of the delivery, the person, the notification, or the company's of the message."
    inlines = [AttemptInline]
    actions = ("send_again",)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.change_delivery"))

    @admin.action(description="Send again", permissions=["operate"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        for row in queryset:
            try:
                services.send_again(delivery=row, actor=str(request.user.pk), now=timezone.now())
            except DomainError as error:
                self.message_user(request, f"{row}: {error.what_happened}", messages.ERROR)


@admin.register(Phone)
class PhoneAdmin(ReadOnlyAdmin):
    """Numbers, their middle left out, and how the codes went."""

    list_display = ("id", "created_at", "user_id", "shown_number", "verified_at", "removed_at", "wrong_codes", "reason")
    fields = readonly_fields = (*list_display, "code_until", "tries", "send_at", "reference")
    list_filter = (("verified_at", admin.EmptyFieldListFilter), ("removed_at", admin.EmptyFieldListFilter))
    search_fields = ("id__exact", "user__id__exact", "number__exact")
    search_help_text = "A whole id, of the person or of the row, or a whole number."

    @admin.display(description="Number")
    def shown_number(self, phone: Phone) -> str:
        return services.masked(phone.number)


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyAdmin):
    """Browsers that show notifications; neither addresses nor keys: with them anybody could reach the browser."""

    list_display = ("id", "created_at", "user_id", "agent", "removed_at", "removed_reason")
    fields = readonly_fields = (*list_display, "session_id")
    list_filter = (("removed_at", admin.EmptyFieldListFilter),)
    search_fields = ("id__exact", "user__id__exact")
    search_help_text = "A whole id: of the person or of the row."


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """People's own webhook endpoints; where they lead, but not the whole address: many hold a secret."""

    list_display = ("id", "created_at", "user_id", "leads_to", "is_enabled", "disabled_reason", "removed_at")
    fields = readonly_fields = (*list_display, "description", "secret_version", "previous_until")
    list_filter = ("is_enabled", ("removed_at", admin.EmptyFieldListFilter))
    search_fields = ("id__exact", "user__id__exact")
    search_help_text = "A whole id: of the person or of the endpoint."

    @admin.display(description="Leads to")
    def leads_to(self, endpoint: Endpoint) -> str:
        return services.shown(endpoint.url)


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
