"""People and their sessions, for officers to read and administrators to act on. No secret is shown."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services
from accounts.models import Role, User
from kit.back_office import ReadOnlyAdmin

# A group is a role, and what it may do is code (accounts/policy.py); a device's page shows its key.
admin.site.unregister(Group)
admin.site.unregister(TOTPDevice)

SHOWN_SESSIONS = 50


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "id", "roles", "is_active", "has_factor", "email_verified_at", "last_login", "created_at")
    list_filter = ("is_active", "groups")
    search_fields = ("email__startswith", "id__exact")
    search_help_text = "The beginning of an e-mail address, or a whole id"
    fields = (*list_display, "security_changed_at", "language", "sessions")
    readonly_fields = fields
    actions = (
        "sign_out_everywhere",
        "close",
        "reopen",
        "make_officer",
        "make_operator",
        "make_administrator",
        "take_roles",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        found: tuple[QuerySet[User], bool] = super().get_search_results(request, queryset, search_term.lower())
        return found

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Say whether this person may act on people."""
        return request.user.has_perm("accounts.change_user")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = TOTPDevice.objects.filter(user_id=OuterRef("pk"), confirmed=True)
        people: QuerySet[User] = super().get_queryset(request)
        return people.defer("password").prefetch_related("groups").annotate(factor=Exists(factors))

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all()))

    @admin.display(description="Second factor", boolean=True)
    def has_factor(self, user: Any) -> bool:
        return bool(user.factor)

    @admin.display(description="Latest sessions")
    def sessions(self, user: User) -> str:
        """Say where the person is and was signed in. A session's id is half a key: it is not shown."""
        rows = user.sessions.order_by("-created_at").values_list(
            "kind", "agent", "address", "created_at", "last_seen_at", "revoked_at", "revoked_reason"
        )
        headings = ("Kind", "Device", "Address", "Began", "Last seen", "Ended", "Why")
        return render_to_string("admin/table.html", {"headings": headings, "rows": rows[:SHOWN_SESSIONS]})

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
