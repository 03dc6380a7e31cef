"""Which role may do what. The one place to look, and to change."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.models import STAFF_ROLES, Role, User

OPERATED = frozenset(
    {"assets", "chains", "events", "notifications", "providers", "rates", "reconciliation", "transactions"}
)
"""Apps whose switches (pause, resume, retry) are an operator's work."""


class RoleBackend(BaseBackend):
    """
    Answers Django's permission questions from the person's groups, which are their roles.

    Permissions follow from the role's name, not from rows, so that a model added later is
    covered at once. Officers and operators see everything; operators work the switches of the
    networks; administrators may do whatever the admin offers at all: it offers no way to edit
    money tables to anyone.
    """

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id).first()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return bool(user_obj.is_active and user_obj.is_staff and is_allowed(_roles(user_obj), perm))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return bool(user_obj.is_active and user_obj.is_staff and _roles(user_obj) & STAFF_ROLES)


def is_allowed(roles: frozenset[str], perm: str) -> bool:
    """Say whether any of the roles may do what the permission names, such as "chains.change_endpoint"."""
    app, _, codename = perm.partition(".")
    if Role.ADMINISTRATOR in roles:
        return True
    if codename.startswith("view_"):
        return bool(roles & STAFF_ROLES)
    return Role.OPERATOR in roles and app in OPERATED and codename.startswith("change_")


def _roles(user: User) -> frozenset[str]:
    cached: frozenset[str] | None = getattr(user, "_role_names", None)
    if cached is None:
        cached = frozenset(user.groups.values_list("name", flat=True))
        user._role_names = cached  # type: ignore[attr-defined]
    return cached
