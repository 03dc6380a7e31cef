"""Looking at keys: what there is and what was signed. Nothing sealed is shown, nothing can be changed."""

from django.contrib import admin

from custody.models import Branch, Key, SignatureGuard, Vault
from kit.back_office import ReadOnlyAdmin, ReadOnlyInline


class BranchInline(ReadOnlyInline):
    model = Branch
    fields = ("purpose", "path", "next_index", "shortened")
    readonly_fields = fields

    @admin.display(description="Extended public key")
    def shortened(self, branch: Branch) -> str:
        return f"{branch.extended_public_key[:8]}…{branch.extended_public_key[-4:]}"


@admin.register(Vault)
class VaultAdmin(ReadOnlyAdmin):
    list_display = fields = ("network", "id", "kek_version", "seal_version", "created_at")
    inlines = (BranchInline,)


@admin.register(Key)
class KeyAdmin(ReadOnlyAdmin):
    list_display = fields = ("address", "network", "purpose", "path", "sealed_at", "kek_version", "created_at")
    list_filter = ("network", "purpose")
    list_select_related = ("network",)
    search_fields = ("address__exact", "id__exact")


@admin.register(SignatureGuard)
class SignatureGuardAdmin(ReadOnlyAdmin):
    list_display = fields = ("replay_token", "key", "subject", "generation", "digest", "last_block", "signed_at")
    search_fields = ("replay_token__exact",)
    list_select_related = ("key",)

    @admin.display(description="SHA-256 of the payload")
    def digest(self, guard: SignatureGuard) -> str:
        return bytes(guard.payload_digest).hex()
