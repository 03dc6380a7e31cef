"""
Replacing a Bitcoin transaction that waits (BIP-125): the same inputs and payments, and less change; or all of it back.

The same inputs all of them, so that at most one of any number of replacements can land. None is added: a coin that only
a loser would have spent could not be signed for anything else again.
"""

from collections.abc import Sequence
from dataclasses import replace

from chains.adapters import bitcoin_address, bitcoin_payload
from chains.adapters.bitcoin_coins import dust_limit, fee_for, vbytes
from chains.errors import NotReplaceable
from chains.values import Bumping, FeeRate, Output, Replacing, Unsigned

INCREMENT = 1_000
"""Satoshi per 1,000 vbytes that a replacement pays above what it replaces (Bitcoin Core's -incrementalrelayfee)."""


def replace_signed(replacing: Replacing, *, network: str, chain: str) -> tuple[Unsigned, FeeRate]:
    """
    Return the replacement and the rate it offers.

    :raises NotReplaceable: if what is left as change cannot pay what the network asks of it
    """
    old = bitcoin_payload.parse_transaction(replacing.raw)
    assert [str(coin.outpoint) for coin in replacing.coins] == list(bitcoin_payload.explain(replacing.raw)[1])
    paid = outputs_of(replacing.raw, chain=chain)
    total = sum(coin.minor for coin in replacing.coins)
    old_fee, old_vbytes = total - sum(out.minor for out in paid), -(-int(old.calc_weight()) // 4)
    kept = [] if replacing.cancels else [out for out in paid if out.address != replacing.change_address]
    left = total - sum(out.minor for out in kept)

    def needed(outputs: Sequence[Output]) -> int:
        scripts = [bitcoin_address.to_script(out.address, chain=chain) for out in outputs]
        asked = fee_for(inputs=len(replacing.coins), scripts=scripts, rate=replacing.rate.rate)
        size = vbytes(inputs=len(replacing.coins), scripts=scripts)
        above_old = old_fee + -(-size * INCREMENT // 1_000)  # rule 4
        return max(asked, above_old, old_fee * size // old_vbytes + 1)  # and a higher rate

    outputs = _with_change(paid, kept, replacing, left - needed([*kept, Output(replacing.change_address, 1)]), chain)
    fee = total - sum(out.minor for out in outputs)
    if not outputs or fee < needed(outputs):
        raise NotReplaceable(
            why="The network asks a replacement for a higher fee, and too little change is left to pay it.",
            what_to_do="Wait: it keeps its place and is confirmed when fees fall. Nothing has moved.",
        )
    unsigned = bitcoin_payload.of_outputs(replacing.coins, outputs, network=network, chain=chain)
    scripts = [bitcoin_address.to_script(out.address, chain=chain) for out in outputs]
    rate = fee * 1_000 // fee_for(inputs=len(replacing.coins), scripts=scripts, rate=1_000)
    return unsigned, replace(replacing.rate, rate=rate)


def pay_for_parent(bumping: Bumping, *, network: str, chain: str) -> Unsigned:
    """
    Return what spends one output of a transaction that waits, to one address, so that both together pay the rate.

    :raises NotReplaceable: if the output cannot pay that
    """
    parent_vbytes = -(-int(bitcoin_payload.parse_transaction(bumping.raw).calc_weight()) // 4)
    script = bitcoin_address.to_script(bumping.to, chain=chain)
    own = vbytes(inputs=1, scripts=[script])
    fee = max(-(-own * bumping.rate // 1_000), -(-(parent_vbytes + own) * bumping.rate // 1_000) - bumping.fee_minor)
    left = bumping.coin.minor - fee
    if left < dust_limit(script):
        raise NotReplaceable(why="Its change is too small to pay for it.")
    return bitcoin_payload.of_outputs([bumping.coin], [Output(bumping.to, left)], network=network, chain=chain)


def outputs_of(raw: bytes, *, chain: str) -> tuple[Output, ...]:
    """Return what a transaction pays, in order; an output without an address pays nobody we know ("")."""
    return tuple(
        Output(str(bitcoin_address.to_address(bytes(out.scriptPubKey), chain=chain) or ""), int(out.nValue))
        for out in bitcoin_payload.parse_transaction(raw).vout
    )


def _with_change(
    paid: Sequence[Output], kept: Sequence[Output], replacing: Replacing, change: int, chain: str
) -> list[Output]:
    """Return the payments where they stood, and the change if it is enough for an output."""
    address = replacing.change_address
    if not address or change < dust_limit(bitcoin_address.to_script(address, chain=chain)):
        return list(kept)
    if replacing.cancels or all(out.address != address for out in paid):
        return [*kept, Output(address, change)]
    return [Output(address, change) if out.address == address else out for out in paid]
