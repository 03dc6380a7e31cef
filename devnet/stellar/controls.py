"""What only a development ledger offers: a faucet, and levers to stall, lag, fail and lie."""

from collections.abc import Callable
from typing import Any

from devnet.stellar.amounts import to_stroops
from devnet.stellar.ledger import ISSUER, Fault, Ledger, Switches
from devnet.stellar.results import Invalid
from devnet.stellar.state import BASE_FEE

FAULT_MODES = ("timeout", "drop", "error")
MOST_LEDGERS = 1_000


def mine(ledger: Ledger, ledgers: int = 1) -> int:
    """Close ledgers at once, stalled or not; return the newest one's number."""
    if not 1 <= ledgers <= MOST_LEDGERS:
        raise ValueError(f"between 1 and {MOST_LEDGERS} ledgers")
    return [ledger.close_ledger() for _ in range(ledgers)][-1]


def fund(ledger: Ledger, address: str, amount: str, code: str = "") -> str:
    """Pay lumens, or units of what the issuer issues; it waits for a ledger. Return its hash."""
    try:
        return ledger.fund(address, to_stroops(amount), code)
    except Invalid as refusal:
        raise ValueError(f"{refusal.result.code} {' '.join(refusal.result.operations)}") from refusal


def issuer(ledger: Ledger) -> str:
    """Return who issues USDC here."""
    return ISSUER


def stall(ledger: Ledger, on: bool = True) -> bool:
    """Stop (or let go on) the ledgers that close by themselves."""
    ledger.switches.is_stalled = bool(on)
    return ledger.switches.is_stalled


def lag(ledger: Ledger, ledgers: int = 0) -> int:
    """Answer as if the last ledgers had not been seen yet."""
    ledger.switches.lag_ledgers = ledgers
    return ledger.head


def lie(ledger: Ledger, stale_head: bool = False, wrong_balance: str = "0") -> int:
    """Stand still at today's head, or add so many lumens to every balance; both off by default."""
    ledger.switches.stale_head = ledger.head if stale_head else None
    ledger.switches.wrong_stroops = to_stroops(wrong_balance)
    return ledger.head


def fault(ledger: Ledger, mode: str, path: str = "*", count: int = 1) -> int:
    """
    Make the next `count` requests below /path fail: `timeout` does the work but never answers,
    `drop` hangs up without doing it, `error` answers 503.
    """
    if mode not in FAULT_MODES:
        raise ValueError(f"mode must be one of {', '.join(FAULT_MODES)}")
    ledger.switches.faults.append(Fault(mode, path, count))
    return len(ledger.switches.faults)


def fee(ledger: Ledger, stroops: int = BASE_FEE) -> int:
    """Let only transactions in that bid so much for each operation; cheaper ones wait."""
    ledger.switches.least_fee = max(BASE_FEE, stroops)
    return ledger.switches.least_fee


def forget(ledger: Ledger, hash: str | None = None) -> int:
    """Drop one waiting transaction, or all of them, as a node that restarted may."""
    return ledger.forget(hash)


def reset(ledger: Ledger) -> bool:
    """Turn every lever off."""
    ledger.switches = Switches()
    return True


CONTROLS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (mine, fund, issuer, stall, lag, lie, fault, fee, forget, reset)
}
