"""Looking at keys: what there is and what was signed. Nothing sealed is shown, nothing can be changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from custody.models import Branch, Key, SignatureGuard, Vault


class _ReadOnly:
    """The rows of custody are made by its services alone."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class BranchInline(_ReadOnly, TabularInline):  # type: ignore[misc]
    model = Branch
    fields = ("purpose", "path", "next_index", "shortened")
    readonly_fields = fields
    extra = 0

    @admin.display(description="Extended public key")
    def shortened(self, branch: Branch) -> str:
        return f"{branch.extended_public_key[:8]}…{branch.extended_public_key[-4:]}"


@admin.register(Vault)
class VaultAdmin(_ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = fields = ("network", "id", "kek_version", "seal_version", "created_at")
    inlines = (BranchInline,)


@admin.register(Key)
class KeyAdmin(_ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = fields = ("address", "network", "purpose", "path", "sealed_at", "kek_version", "created_at")
    list_filter = ("network", "purpose", "kek_version")
    search_fields = ("=address", "=id")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(SignatureGuard)
class SignatureGuardAdmin(_ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = fields = ("replay_token", "key", "subject", "digest", "signed_at")
    search_fields = ("=replay_token", "=subject")
    ordering = ("-id",)
    show_full_result_count = False
    list_select_related = ("key",)

    @admin.display(description="SHA-256 of the payload")
    def digest(self, guard: SignatureGuard) -> str:
        return bytes(guard.payload_digest).hex()
