"""What most networks have nothing of: memos, wallets that share an account, things to be asked before building."""

from collections.abc import Sequence
from typing import ClassVar

from chains.errors import NotReplaceable, SignedRefused
from chains.values import Bumping, Coin, FeeRate, Output, Payment, Replacing, Signed, SignedElsewhere, Unsigned


class PlainAdapter:
    """A part of the port for adapters of networks where every wallet has an address and key of its own."""

    carries_memo: ClassVar[bool] = False
    shares_account: ClassVar[bool] = False
    counts_epochs: ClassVar[bool] = False
    replaces: ClassVar[bool] = False
    takes_signed: ClassVar[bool] = False

    def around(self, payload: bytes, signed: Signed) -> bytes:
        return b""

    def replace(self, replacing: Replacing) -> tuple[Unsigned, FeeRate]:
        raise NotReplaceable

    def bump(self, bumping: Bumping) -> Unsigned:
        raise NotReplaceable

    def stated(self, raw: bytes) -> tuple[tuple[Output, ...], int]:
        raise NotReplaceable

    def to_be_signed(self, unsigned: Unsigned) -> str:
        raise SignedRefused("What is signed elsewhere cannot be taken on this network.")

    def read_signed(self, content: str, coins: Sequence[Coin]) -> SignedElsewhere:
        raise SignedRefused("What is signed elsewhere cannot be taken on this network.")

    def check_memo(self, to: str, memo: str) -> str:
        return ""

    def tagged_address(self, account: str, tag: int) -> str:
        raise AssertionError("every wallet has a key of its own here")

    def gas_limit(self, payment: Payment) -> int:
        raise NotImplementedError

    def most_fee(self, payment: Payment) -> int:
        """Gas, at the rate that is offered for it."""
        return self.gas_limit(payment) * payment.rate.rate

    def lasts(self) -> int:
        """0: what is signed has no end of its own."""
        return 0

    def gatherable(self, payment: Payment) -> int:
        """All of it."""
        return payment.minor

    def prepare(self, payment: Payment) -> Payment:
        return payment
