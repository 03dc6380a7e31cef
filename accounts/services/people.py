"""What is decided about a person: roles, open or closed, and their own preferences."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import STAFF_ROLES, Role, User
from accounts.services.sessions import revoke_all_sessions
from events.services import record


def grant_role(*, user: User, role: Role, actor: str, now: datetime) -> None:
    """Give a role, which opens the admin if it is a staff role; giving it again has no effect."""
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if person.groups.filter(name=role).exists():
            return
        person.groups.add(Group.objects.get(name=role))
        _save_staff(person, is_staff=person.is_staff or role in STAFF_ROLES)
        record(type="user.role_granted", subject=user, actor=actor, user_id=user.id, data={"role": role}, now=now)
    user.is_staff = person.is_staff


def revoke_roles(*, user: User, actor: str, now: datetime) -> None:
    """Take every staff role away; what is left is an ordinary user."""
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        taken = sorted(person.groups.filter(name__in=STAFF_ROLES).values_list("name", flat=True))
        if not taken:
            return
        person.groups.remove(*Group.objects.filter(name__in=taken))
        _save_staff(person, is_staff=False)
        record(type="user.roles_revoked", subject=user, actor=actor, user_id=user.id, data={"roles": taken}, now=now)
    user.is_staff = False


def close_account(*, user: User, actor: str, now: datetime) -> None:
    """Keep the person out from this moment; nothing of theirs is deleted."""
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            return
        revoke_all_sessions(user=user, actor=actor, reason="account_closed", now=now)
        record(type="user.closed", subject=user, actor=actor, user_id=user.id, now=now)
    user.is_active = False


def reopen_account(*, user: User, actor: str, now: datetime) -> None:
    """Let the person in again."""
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            return
        record(type="user.reopened", subject=user, actor=actor, user_id=user.id, now=now)
    user.is_active = True


def save_preferences(*, user: User, language: str, theme: str) -> None:
    """Remember how the person wants to see the pages."""
    User.objects.filter(pk=user.pk).update(language=language, theme=theme)
    user.language, user.theme = language, theme


def _save_staff(person: User, *, is_staff: bool) -> None:
    person.is_staff = is_staff
    person.save(update_fields=["is_staff"])
