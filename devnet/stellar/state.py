"""Accounts, their trustlines and data, and drafts that are kept or thrown away as a whole."""

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from devnet.stellar.amounts import MOST_STROOPS

BASE_RESERVE = 5_000_000
"""Stroops: half a lumen for each of an account's entries, and for the account itself two of them."""

BASE_FEE = 100
"""Stroops for each operation."""


class Refused(Exception):
    """An operation that cannot be done; `code` is Horizon's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Trustline:
    balance: int = 0
    limit: int = MOST_STROOPS


@dataclass
class Account:
    """
    One account; `trustlines` by asset as CODE:ISSUER, `data` values in base64.

    `signer` signs for it in place of its own key, whose weight is then 0; empty: its own key does.
    """

    id: str
    balance: int
    sequence: int
    trustlines: dict[str, Trustline] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    modified: int = 0
    signer: str = ""
    is_merged: bool = False

    @property
    def subentries(self) -> int:
        return len(self.trustlines) + len(self.data)

    @property
    def minimum(self) -> int:
        """What it must keep, in stroops."""
        return (2 + self.subentries) * BASE_RESERVE

    @property
    def spendable(self) -> int:
        return max(0, self.balance - self.minimum)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Account":
        lines = {asset: Trustline(**line) for asset, line in body["trustlines"].items()}
        return cls(**{**body, "trustlines": lines})


class Draft:
    """Accounts as they would be; `changed` is what to keep of it."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts
        self.changed: dict[str, Account] = {}

    def find(self, id: str) -> Account | None:
        """Return the account to be changed; None if there is none."""
        if id not in self.changed and id in self._accounts:
            self.changed[id] = copy.deepcopy(self._accounts[id])
        found = self.changed.get(id)
        return None if found is None or found.is_merged else found

    def get(self, id: str) -> Account:
        """:raises Refused: op_no_source_account"""
        found = self.find(id)
        if found is None:
            raise Refused("op_no_source_account")
        return found

    def open(self, account: Account) -> None:
        self.changed[account.id] = account

    def branch(self) -> "Draft":
        """Return a draft on top of this one; `keep` takes it over."""
        return Draft({**self._accounts, **self.changed})

    def keep(self, branch: "Draft") -> None:
        self.changed.update(branch.changed)
