"""Whether what is there covers what is owed, and when its sends are halted: pure decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MILLION = 1_000_000


@dataclass(frozen=True)
class Figures:
    """
    One asset at one block, in minor units; liabilities and the movements are the ledger's, reserves the network's.

    The ledger is ahead of a block: it has credited what later blocks brought (`arriving`) and settled what later
    blocks carried away (`leaving`). And it may be behind it: what the block has carried away already may not be
    settled (`settling`, with the highest fee it may cost), so that people's balances still hold it.
    """

    liabilities: int
    reserves: int
    arriving: int = 0
    leaving: int = 0
    settling: int = 0
    in_transit: int = 0  # signed, in no block yet: still in the reserves and in the balances; for information

    @property
    def assets(self) -> int:
        return self.reserves + self.arriving + self.settling - self.leaving

    @property
    def missing(self) -> int:
        return max(0, self.liabilities - self.assets)

    def is_covered(self, *, tolerance_ppm: int) -> bool:
        """Say whether no more is missing than so many millionths of what is owed."""
        return self.missing * MILLION <= self.liabilities * tolerance_ppm


@dataclass(frozen=True)
class Seen:
    """What one reading came to; `missing` is None where the nodes could not say."""

    at: datetime
    missing: int | None
    is_covered: bool = False


@dataclass(frozen=True)
class Resumed:
    """That two people let sends go on, and what they knew to be missing."""

    at: datetime
    accepted: int


def reason_to_halt(seen: Sequence[Seen], *, resumed: Resumed | None, blind_after: timedelta) -> str:
    """
    Return why sends are to be halted now, in words; empty: they are not.

    Two readings in a row must be short, those apart that could not say: one node's slip halts nothing. And where no
    reading could say anything for `blind_after`, nobody knows any more, which is as bad.

    :param seen: the newest first
    """
    known = [each for each in seen if each.missing is not None]
    accepted = _accepted(known, resumed)
    if len(known) >= 2 and all(not each.is_covered and (each.missing or 0) > accepted for each in known[:2]):
        return "What is on our addresses is less than what people hold here, in two readings in a row."
    if not seen or seen[0].missing is not None:
        return ""
    since = [known[0].at if known else seen[-1].at, *([resumed.at] if resumed else [])]
    if seen[0].at - max(since) >= blind_after:
        return "The networks' nodes could not say for too long what is on our addresses, or contradict each other."
    return ""


def _accepted(known: Sequence[Seen], resumed: Resumed | None) -> int:
    """Return what people let go on with; it is over as soon as all is covered again."""
    if resumed is None or any(each.is_covered and each.at > resumed.at for each in known):
        return 0
    return resumed.accepted


def ratio(assets: int, liabilities: int) -> str:
    """Return assets over liabilities with four decimals, rounded down; empty where nothing is owed."""
    if not liabilities:
        return ""
    parts = max(0, assets) * 10_000 // liabilities
    return f"{parts // 10_000}.{parts % 10_000:04d}"
