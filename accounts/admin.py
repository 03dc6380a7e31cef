"""People and their sessions, for officers to read and administrators to act on. No secret is shown."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin, TabularInline

from accounts import queries, services
from accounts.models import Role, Session, User

# A group is a role, and what it may do is code (accounts/policy.py); a device's page shows its key.
admin.site.unregister(Group)
admin.site.unregister(TOTPDevice)


class _ReadOnly:
    """Fields are never edited; what may be done is an action that calls a service."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may act on people."""
        return request.user.has_perm("accounts.change_user")


class SessionInline(_ReadOnly, TabularInline):  # type: ignore[misc]
    model = Session
    fields = ("id", "kind", "agent", "address", "created_at", "last_seen_at", "revoked_at", "revoked_reason")
    readonly_fields = fields
    ordering = ("-created_at",)
    extra = 0


@admin.register(User)
class UserAdmin(_ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ("email", "id", "roles", "is_active", "has_factor", "email_verified_at", "last_login", "created_at")
    list_filter = ("is_active", "groups")
    search_fields = ("email", "id")
    ordering = ("-created_at",)
    fields = (*list_display, "security_changed_at", "language")
    readonly_fields = fields
    inlines = (SessionInline,)
    actions = (
        "sign_out_everywhere",
        "close",
        "reopen",
        "make_officer",
        "make_operator",
        "make_administrator",
        "take_roles",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        found: QuerySet[User] = super().get_queryset(request).prefetch_related("groups")
        return found

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all()))

    @admin.display(description="Second factor", boolean=True)
    def has_factor(self, user: User) -> bool:
        return queries.has_factor(user_id=user.id)

    @admin.action(description="Sign out everywhere", permissions=["manage"])
    def sign_out_everywhere(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.revoke_all_sessions(
                user=user, actor=_actor(request), reason="by_administrator", now=timezone.now()
            )

    @admin.action(description="Close accounts", permissions=["manage"])
    def close(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.exclude(pk=request.user.pk):
            services.close_account(user=user, actor=_actor(request), now=timezone.now())

    @admin.action(description="Reopen accounts", permissions=["manage"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.reopen_account(user=user, actor=_actor(request), now=timezone.now())

    @admin.action(description="Make compliance officer", permissions=["manage"])
    def make_officer(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._grant(request, queryset, Role.OFFICER)

    @admin.action(description="Make operator", permissions=["manage"])
    def make_operator(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._grant(request, queryset, Role.OPERATOR)

    @admin.action(description="Make administrator", permissions=["manage"])
    def make_administrator(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._grant(request, queryset, Role.ADMINISTRATOR)

    @admin.action(description="Take all staff roles away", permissions=["manage"])
    def take_roles(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.exclude(pk=request.user.pk):
            services.revoke_roles(user=user, actor=_actor(request), now=timezone.now())

    def _grant(self, request: HttpRequest, queryset: QuerySet[User], role: Role) -> None:
        for user in queryset:
            services.grant_role(user=user, role=role, actor=_actor(request), now=timezone.now())


def _actor(request: HttpRequest) -> str:
    return str(request.user.pk)
