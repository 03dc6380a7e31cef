"""Who somebody is: companies that check documents and faces, and say what they found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from providers.base.common import Access, WebhookNews


@dataclass(frozen=True)
class KycApplication:
    """One person to be checked for one level; `person` is our id of them, and the provider's idempotency key."""

    person: str
    level: str  # our tier's name; the adapter knows what the provider calls it
    country: str = ""  # ISO 3166-1 alpha-2
    email: str = field(default="", repr=False)


@dataclass(frozen=True)
class KycDocument:
    """One side of one document as it was uploaded; it is passed on and kept nowhere else."""

    type: str  # passport, id_card, driving_licence, residence_permit, proof_of_address or selfie
    country: str  # that issued it, ISO 3166-1 alpha-2
    content_type: str
    content: bytes = field(repr=False)
    is_back: bool = False


class KycStage(StrEnum):
    """How far a check is, in our words."""

    ABSENT = "absent"  # the provider does not know this person
    STARTED = "started"  # documents are missing
    UNDER_REVIEW = "under_review"
    ON_HOLD = "on_hold"  # a human at the provider looks at it
    APPROVED = "approved"
    RETRY = "retry"  # the person may hand in better documents
    REJECTED = "rejected"  # for good


@dataclass(frozen=True)
class KycState:
    """How a check stands. An approval counts for `level` alone: one for a lower level approves nothing higher."""

    stage: KycStage
    applicant_id: str = ""  # the provider's own id
    level: str = ""  # ours
    missing: tuple[str, ...] = ()  # documents that are still to be handed in, as KycDocument names them
    reasons: tuple[str, ...] = ()  # the provider's labels of what was wrong: for officers
    advice: str = ""  # what the provider wants the person to be shown
    version: str = ""  # the provider's time of it: an older one never replaces a newer one


@dataclass(frozen=True)
class KycSession:
    """What lets a person go on at the provider's own page or widget."""

    token: str = field(repr=False)
    expires_at: datetime
    url: str = field(default="", repr=False)


class KycProvider(Protocol):
    """
    Checks of identity (the KYCStatus of the compliance context, for companies such as Sumsub, Onfido and Jumio).

    Every method raises ProviderUnavailable (no usable answer; `has_left` tells whether it may have been
    acted upon) or ProviderRefused (the provider understood and said no).
    """

    def __init__(self, access: Access) -> None: ...

    def open_application(self, application: KycApplication) -> KycState:
        """Open the application, or return it as it is; another level than before voids what was approved."""
        ...

    def open_session(self, person: str) -> KycSession: ...

    def add_document(self, person: str, document: KycDocument) -> None: ...

    def check_application(self, person: str) -> KycState: ...

    def read_webhook(self, *, headers: Mapping[str, str], raw: bytes, now: datetime) -> Sequence[WebhookNews]:
        """
        Check the signature over the raw bytes; the operation it names is the person.

        :raises WebhookForged: if the signature is wrong or too old
        """
        ...
