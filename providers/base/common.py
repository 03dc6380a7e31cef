"""What every kind of provider has in common: how it is reached, and what its webhooks say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a provider does for us."""

    ON_RAMP = "on_ramp"
    OFF_RAMP = "off_ramp"
    DEX = "dex"
    DEFI = "defi"
    KYC = "kyc"
    CARD = "card"
    TOKENIZATION = "tokenization"
    PRICE = "price"
    NODE = "node"
    MESSAGE = "message"


@dataclass(frozen=True)
class Access:
    """
    Where and as whom to reach a provider. Never logged; `secrets` never leave the adapter.

    `secrets` by name, as the provider's settings have them (api_key, webhook_key, ...).
    """

    code: str
    base_url: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 10.0


UNREADABLE = "unreadable"
"""The type of a webhook that is rightly signed and says nothing we understand."""


@dataclass(frozen=True)
class WebhookNews:
    """What one webhook says: which operation to look at. It is a trigger; the state is always fetched."""

    event_id: str  # de-duplicates; made of type, id and version where the vendor gives none
    operation_id: str  # ours; empty where it concerns none
    type: str  # the vendor's name of the event, or UNREADABLE
