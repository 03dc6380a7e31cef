"""The frozen values that differences are made of. Amounts are minor units; coins are above zero."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Place(NamedTuple):
    """Coins by where they lie: the treasury's addresses (hot wallet, change), deposit addresses, cold addresses."""

    treasury: int = 0
    deposits: int = 0
    cold: int = 0

    @property
    def total(self) -> int:
        return self.treasury + self.deposits + self.cold

    def plus(self, other: "Place") -> "Place":
        return Place(self.treasury + other.treasury, self.deposits + other.deposits, self.cold + other.cold)

    def less(self, other: "Place") -> "Place":
        return Place(self.treasury - other.treasury, self.deposits - other.deposits, self.cold - other.cold)

    def as_json(self) -> dict[str, str]:
        found = {"treasury_minor": str(self.treasury), "deposits_minor": str(self.deposits)}
        return {**found, "cold_minor": str(self.cold)} if self.cold else found


NOWHERE = Place()


@dataclass(frozen=True)
class Item:
    """One reason why the books and the block do not say the same yet: what to add to the books to have the block."""

    what: str
    reference: str  # as events name it: transactions.deposit:dep_…
    asset: str
    place: Place
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "reference": self.reference, "detail": self.detail, **self.place.as_json()}


@dataclass(frozen=True)
class Found:
    """One difference, as a run found it; `key` says what differs and not by how much."""

    key: str
    kind: str  # of models.Case.Kind
    summary: str
    evidence: Mapping[str, Any]
    network: str = ""
    asset: str = ""
    place: Place = NOWHERE
    corrected_before: int = field(default=0)  # postings that had corrected this asset when the books were read

    @property
    def difference(self) -> int:
        return self.place.total
