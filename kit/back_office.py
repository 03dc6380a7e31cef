"""What every admin page shares: rows are looked at and never edited, and no list counts a huge table."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin, TabularInline

COUNTED = 1_000
"""So many rows can be paged through; a longer list is narrowed by search or filter instead."""

BUTTON = (
    "border border-base-200 cursor-pointer font-medium inline-flex items-center px-3 py-2 rounded-default text-sm"
    " text-important hover:bg-base-100/80 dark:border-base-700 dark:hover:bg-base-800/80"
)
CARD = "bg-white border border-base-200 rounded-default p-4 dark:bg-base-900 dark:border-base-800"
"""Classes of a button and of a box on pages of our own, as Unfold draws its own."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Counts no further than COUNTED rows, so that the first page of a table of millions costs what it shows."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if isinstance(rows, models.QuerySet):
            return len(rows.order_by().values_list("pk", flat=True)[:COUNTED])
        return len(rows)


class _Untouchable:
    """Nobody adds, changes or deletes a row here, whatever their role; what can be done is an action."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_Untouchable, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A list and a page per row, for looking. Lists are sorted by the primary key alone: it has an index."""

    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 50
    sortable_by: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ("-pk",)


class StoryAdmin(ReadOnlyAdmin):
    """A row's page whose templates above and below the fields show more than they say."""

    def story(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return what these templates show, beside the fields, to somebody who may look at the row."""
        return {}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may_look = object_id and self.has_view_permission(request)
        found = self.model._default_manager.filter(pk=unquote(str(object_id))).first() if may_look else None
        story = self.story(request, found) if found else {}
        shown: HttpResponse = super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **story})
        return shown


class ReadOnlyInline(_Untouchable, TabularInline):  # type: ignore[misc]
    """Rows that belong to the one shown."""

    extra = 0
    show_change_link = False
