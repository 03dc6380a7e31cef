"""Looking at what exists. Rows come with a release, so nothing is changed here."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from assets.models import Asset, Network


class _ReadOnly(ModelAdmin):  # type: ignore[misc]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Network)
class NetworkAdmin(_ReadOnly):
    list_display = fields = ("code", "name", "family", "native_asset", "position")


@admin.register(Asset)
class AssetAdmin(_ReadOnly):
    list_display = fields = ("code", "name", "kind", "network", "scale", "contract", "position")
    list_filter = ("kind", "network")
    list_select_related = ("network",)
    search_fields = ("code", "name", "contract")
