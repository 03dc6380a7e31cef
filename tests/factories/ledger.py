"""Accounts with money on them, made as the product makes them: by postings."""

from datetime import datetime
from itertools import count

from kit.money import Money
from ledger.services import Line, Purpose, open_account, post

_numbers = count(1)


def make_account(*, code: str, now: datetime, asset: str = "BTC", purpose: Purpose = Purpose.USER_AVAILABLE) -> str:
    """Open an empty account and return its code."""
    open_account(code=code, asset=asset, purpose=purpose, now=now)
    return code


def make_funded(*, code: str, minor: int, now: datetime, asset: str = "BTC") -> str:
    """Open a user's available account with money that came in over the network's treasury."""
    treasury = make_account(code="network:test:treasury", asset=asset, purpose=Purpose.TREASURY, now=now)
    make_account(code=code, asset=asset, now=now)
    lines = [Line(treasury, Money(-minor, asset)), Line(code, Money(minor, asset))]
    post(key=f"funding:{next(_numbers)}:{code}", kind="deposit", lines=lines, now=now)
    return code


def make_wallet(*, name: str, minor: int, now: datetime, asset: str = "BTC") -> tuple[str, str]:
    """Open a user's available account with money and an empty held account; return their codes."""
    available = make_funded(code=f"wallet:{name}:available", minor=minor, asset=asset, now=now)
    held = make_account(code=f"wallet:{name}:held", asset=asset, purpose=Purpose.USER_HELD, now=now)
    return available, held


def transfer(source: str, target: str, minor: int, asset: str = "BTC") -> list[Line]:
    """Return the lines of a simple movement from one user's account to another's."""
    return [Line(source, Money(-minor, asset)), Line(target, Money(minor, asset))]
