"""Looking at what exists. Rows come with a release, so nothing is changed here."""

from django.contrib import admin

from assets.models import Asset, Network
from kit.back_office import ReadOnlyAdmin


@admin.register(Network)
class NetworkAdmin(ReadOnlyAdmin):
    list_display = fields = ("code", "name", "family", "native_asset", "position")
    ordering = ("position",)


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin):
    list_display = fields = ("code", "name", "kind", "network", "scale", "contract", "position")
    list_filter = ("kind", "network")
    list_select_related = ("network",)
    ordering = ("position",)
    search_fields = ("code", "name", "contract")
