"""Vaults, their branches, the keys on them, and the memory of what has been signed."""

from django.db import models

from custody.base import Purpose
from kit.commits import WrittenBy
from kit.fields import IdField

PURPOSES = [(purpose.value, purpose.value) for purpose in Purpose]


class Vault(models.Model):
    """One network's tree of keys: a BIP-39 seed that exists only as ciphertext."""

    id = IdField()
    network = models.OneToOneField("assets.Network", on_delete=models.PROTECT, related_name="+")
    sealed_entropy = models.BinaryField(help_text="The 32 bytes behind the 24 words, under the data key.")
    data_key = models.BinaryField(help_text="The data key, wrapped by the key-encryption key.")
    kek_version = models.PositiveIntegerField(db_index=True)
    seal_version = models.PositiveSmallIntegerField(help_text="How it was sealed; part of what it is bound to.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.network_id} {self.id}"


class Branch(models.Model):
    """
    One account of the tree, for one purpose; its extended public key yields addresses without any secret.

    On ed25519 there is none: addresses are made ahead, where the seed is, and given out from a pool.
    """

    vault = models.ForeignKey(Vault, on_delete=models.PROTECT, related_name="branches")
    purpose = models.CharField(max_length=8, choices=PURPOSES)
    path = models.CharField(max_length=48, help_text="BIP-32 path of the account, e.g. m/84'/0'/0'")
    extended_public_key = models.CharField(max_length=128, blank=True)
    next_index = models.PositiveIntegerField(default=0)
    taken_below = models.PositiveIntegerField(
        default=0, help_text="Keys of a lower index count as given out, whoever has them: so it is after a restore."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vault", "purpose"], name="custody_branch_one_per_purpose"),
            models.UniqueConstraint(fields=["vault", "path"], name="custody_branch_path"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.path}"


class Key(models.Model):
    """One address and its key pair. Who and where it is never changes; the seal is filled in once."""

    id = IdField()
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="keys")
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=8, choices=PURPOSES)
    index = models.PositiveIntegerField()
    path = models.CharField(max_length=64)
    address = models.CharField(max_length=128)
    public_key = models.BinaryField()
    sealed_key = models.BinaryField(null=True, help_text="The private key, under the data key.")
    data_key = models.BinaryField(null=True, help_text="The data key, wrapped by the key-encryption key.")
    kek_version = models.PositiveIntegerField(null=True, db_index=True)
    seal_version = models.PositiveSmallIntegerField(help_text="How it is sealed; part of what it is bound to.")
    sealed_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True, help_text="When it was given out, once for good; empty: in the pool.")
    made_by = models.BigIntegerField(db_default=WrittenBy(), help_text="PostgreSQL's number of that transaction.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "index"], name="custody_key_index"),
            models.UniqueConstraint(fields=["network", "address"], name="custody_key_address"),
            models.UniqueConstraint(
                fields=["network"], condition=models.Q(purpose="hot"), name="custody_key_one_hot_per_network"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    sealed_key__isnull=True, data_key__isnull=True, kek_version__isnull=True, sealed_at__isnull=True
                )
                | models.Q(
                    sealed_key__isnull=False,
                    data_key__isnull=False,
                    kek_version__isnull=False,
                    sealed_at__isnull=False,
                ),
                name="custody_key_sealed_wholly_or_not",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(sealed_key__isnull=True), name="custody_key_unsealed"),
            models.Index(
                fields=["branch", "index"], condition=models.Q(taken_at__isnull=True), name="custody_key_in_pool"
            ),
            models.Index(
                fields=["network", "made_by"],
                condition=models.Q(purpose__in=["hot", "change"]),
                name="custody_key_treasury_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network_id} {self.path}"


class Together(models.Model):
    """
    A subject that is paid by the bytes that were signed for another one (`paid_with`). Append-only (trigger).

    The unique key is the guard: no subject is ever paid with two others, and none that is paid so is signed for alone.
    """

    subject = models.CharField(max_length=64, unique=True)
    paid_with = models.CharField(max_length=64, db_index=True)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(subject=models.F("paid_with")), name="custody_together_others")
        ]

    def __str__(self) -> str:
        return f"{self.subject} with {self.paid_with}"


class SignatureGuard(models.Model):
    """
    What a key has signed in one place of replay (a nonce, a coin). Append-only (trigger).

    The unique key is the guard: two conflicting signatures cannot both be committed. What replaces an earlier one for
    the same subject is of a further generation, and shares a token with every one of them that may still land.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="guards")
    replay_token = models.CharField(max_length=128)
    generation = models.PositiveSmallIntegerField(
        default=0, help_text="0: the first that was signed for its subject; each that replaces it has a further one."
    )
    payload_digest = models.BinaryField(help_text="SHA-256 of the unsigned payload.")
    terms_digest = models.BinaryField(
        default=b"", help_text="SHA-256 of recipient, amount, asset and memo; empty: a cancellation, or unknown."
    )
    subject = models.CharField(max_length=64, help_text="What it was signed for.")
    last_block = models.PositiveBigIntegerField(
        null=True, help_text="The number of the last block that can hold it; empty: any can."
    )
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "replay_token", "generation"], name="custody_signatureguard_one_per_token"
            ),
        ]
        indexes = [models.Index(fields=["subject"], name="custody_guard_subject")]

    def __str__(self) -> str:
        return f"{self.replay_token} for {self.subject}"
