"""What every admin page shares: rows are looked at and never edited, and no list counts a huge table."""

from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin, TabularInline

COUNTED = 1_000
"""So many rows can be paged through; a longer list is narrowed by search or filter instead."""


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


class ReadOnlyInline(_Untouchable, TabularInline):  # type: ignore[misc]
    """Rows that belong to the one shown."""

    extra = 0
    show_change_link = False
