"""What only a development node offers: a faucet, and levers to stall, lag, drop, fail, lie, lock and end an epoch."""

from collections.abc import Callable
from typing import Any

from chains.adapters import sui_payload
from chains.errors import AddressInvalid
from devnet.sui.service import Fault, Node, Switches
from devnet.sui.state import SUI, USDC
from devnet.sui.store import Grant

FAULT_MODES = ("timeout", "drop", "error")
MOST_CHECKPOINTS = 1_000
COIN_TYPES = {"SUI": SUI, "USDC": USDC}


def mine(node: Node, checkpoints: int = 1) -> int:
    """Close checkpoints at once, stalled or not; return the newest one's height."""
    if not 1 <= checkpoints <= MOST_CHECKPOINTS:
        raise ValueError(f"between 1 and {MOST_CHECKPOINTS} checkpoints")
    return [node.chain.close_checkpoint() for _ in range(checkpoints)][-1]


def epoch(node: Node, epochs: int = 1, price: int = 0) -> int:
    """End so many epochs, and let gas cost another reference price; return the number of the one that begins."""
    return [node.chain.begin_epoch(price=price) for _ in range(epochs)][-1]


def fund(node: Node, address: str, minor: int, coin_type: str = SUI, by: str = "object") -> str:
    """Give coins, as a coin object or as address balance (`by` "balance"); return the digest of what brings them."""
    if by not in {"object", "balance"} or not 0 < minor < 2**62:
        raise ValueError("by object or balance, more than zero")
    try:
        to = sui_payload.check_address(address)
    except AddressInvalid as error:
        raise ValueError("not an address") from error
    return node.chain.grant(Grant(to, COIN_TYPES.get(coin_type, coin_type), minor, by == "balance"))


def usdc(node: Node) -> str:
    """Return the coin type that stands for the dollar coin here."""
    return USDC


def stall(node: Node, on: bool = True) -> bool:
    """Stop (or let go on) the checkpoints that come by themselves."""
    node.chain.is_stalled = bool(on)
    return node.chain.is_stalled


def drop(node: Node, count: int = 1) -> int:
    """Say yes to the next `count` transactions, and forget them."""
    node.switches.drops = count
    return count


def forget(node: Node, digest: str = "") -> int:
    """Drop one waiting transaction, or all of them; return how many those were."""
    gone = [digest] if digest else list(node.chain.waiting)
    for each in gone:
        node.chain.forget(each)
    return len(gone)


def lock(node: Node, object_id: str) -> int:
    """Let an object be as if its owner had used one version twice at once: locked until the epoch is over."""
    node.chain.locked.add(object_id)
    return len(node.chain.locked)


def lag(node: Node, checkpoints: int = 0) -> int:
    """Answer as if the last checkpoints had not been seen yet."""
    node.switches.lag = checkpoints
    return node.height


def lie(node: Node, stale_head: bool = False, wrong_balance: int = 0) -> int:
    """Stand still at today's head, or add so much to every balance; both off by default."""
    node.switches.stale_height = node.chain.head.height if stale_head else None
    node.switches.false_minor = wrong_balance
    return node.height


def die(node: Node, on: bool = True) -> bool:
    """Answer nothing at all."""
    node.switches.is_dead = bool(on)
    return node.switches.is_dead


def fault(node: Node, mode: str, method: str = "*", count: int = 1) -> int:
    """
    Make the next `count` calls fail: `timeout` does the work but never answers,
    `drop` hangs up without doing it, `error` says that the node is not well.
    """
    if mode not in FAULT_MODES:
        raise ValueError(f"mode must be one of {', '.join(FAULT_MODES)}")
    node.switches.faults.append(Fault(mode, method, count))
    return len(node.switches.faults)


def reset(node: Node) -> bool:
    """Turn every lever off."""
    node.switches = Switches()
    node.chain.locked.clear()
    return True


CONTROLS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (mine, epoch, fund, usdc, stall, drop, forget, lock, lag, lie, die, fault, reset)
}


def pull(node: Node, name: str, places: list[Any], arguments: dict[str, Any]) -> Any:
    """Pull the lever of that name. :raises ValueError: if there is none"""
    if name not in CONTROLS:
        raise ValueError("no such control")
    return CONTROLS[name](node, *places, **arguments)
