"""Blocks to be read once more: asked for here, by operators; carried on by the next scans."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from kit.back_office import ReadOnlyAdmin
from kit.errors import DomainError
from transactions.flows import rescan
from transactions.models import Rescan

ASKED = ("network", "txid", "first_height", "last_height", "address", "reason")


class Ask(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Which blocks, and why; refused here is what the flow refuses."""

    actor = ""

    class Meta:
        model = Rescan
        fields = ASKED
        widgets = {
            "network": UnfoldAdminSelectWidget(),
            **{name: UnfoldAdminTextInputWidget() for name in ("txid", "address", "reason")},
            **{name: UnfoldAdminIntegerFieldWidget() for name in ("first_height", "last_height")},
        }

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        if self.errors:
            return asked
        try:
            self.planned = rescan.plan(**asked | {"network": asked["network"].pk}, actor=self.actor)
        except DomainError as error:
            raise forms.ValidationError(f"{error.what_happened} {error.what_to_do}") from error
        return asked

    def _post_clean(self) -> None:
        """Leave the row alone: what was planned is what is recorded."""


@admin.register(Rescan)
class RescanAdmin(ReadOnlyAdmin):
    form = Ask
    list_display = ("id", "__str__", "status", "next_height", "found_count", "problem", "requested_by", "created_at")
    list_filter = ("status", "network")
    list_select_related = ("network",)
    actions = ("stop",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("transactions.change_transaction"))

    has_operate_permission = has_add_permission

    def get_fields(self, request: HttpRequest, obj: Rescan | None = None) -> tuple[str, ...]:
        return ASKED if obj is None else self._all()

    def get_readonly_fields(self, request: HttpRequest, obj: Rescan | None = None) -> tuple[str, ...]:
        return () if obj is None else self._all()

    def get_form(self, request: HttpRequest, obj: Rescan | None = None, change: bool = False, **more: Any) -> Any:
        form = super().get_form(request, obj, change=change, **more)
        form.actor = str(request.user.pk)
        return form

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Rescan:
        planned: Rescan = form.planned
        return planned

    def save_model(self, request: HttpRequest, obj: Rescan, form: Any, change: bool) -> None:
        rescan.ask(obj, now=timezone.now())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing belongs to it."""

    @admin.action(description="Stop reading blocks again", permissions=["operate"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Rescan]) -> None:
        for row in queryset:
            try:
                rescan.stop(row.pk, actor=str(request.user.pk), now=timezone.now())
                self.message_user(request, f"{row.pk} is stopped.")
            except DomainError as error:
                self.message_user(request, f"{row.pk}: {error.what_happened}", messages.ERROR)

    def _all(self) -> tuple[str, ...]:
        return ("id", *ASKED, "status", "next_height", "found_count", "problem", "requested_by", "created_at")
