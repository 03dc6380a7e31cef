"""
What a Bitcoin key kept elsewhere is handed to sign (a PSBT, BIP-174), and what comes back: a PSBT with its signatures,
or the signed transaction.
"""

import base64
from collections.abc import Mapping, Sequence

from bitcoin.core import CTransaction, b2lx
from coincurve import PublicKey
from coincurve.ecdsa import cdata_to_der, der_to_cdata, serialize_compact
from embit.finalizer import finalize_psbt
from embit.psbt import PSBT

from chains.adapters import bitcoin_address, bitcoin_coins
from chains.adapters.bitcoin_payload import HALF_ORDER, parse_transaction, witness_digest
from chains.errors import PayloadInvalid, SignedRefused
from chains.values import Coin, Output, Signed, SignedElsewhere, Unsigned

_MOST_CHARACTERS = 300_000
_MAGIC = b"psbt\xff"
_NO_RELATIVE_LOCK = 1 << 31
_SIGHASH_ALL = 1
_RELAYED_VERSIONS = (1, 2)


def to_be_signed(unsigned: Unsigned) -> str:
    """Return the PSBT in base 64, as wallets take it."""
    return base64.b64encode(unsigned.payload).decode()


def read_signed(content: str, coins: Sequence[Coin], *, chain: str) -> SignedElsewhere:
    """
    Read a signed PSBT (base 64) or a signed transaction (hexadecimal) that spends some of these coins and no others.

    Amounts and owners are those of the coins, and not what a PSBT says; each signature is checked against them.

    :raises SignedRefused: if it is neither, spends anything else, or a signature is not good
    """
    transaction = _transaction(content)
    known = {str(coin.outpoint): coin for coin in coins}
    tokens = tuple(f"{b2lx(vin.prevout.hash)}:{vin.prevout.n}" for vin in transaction.vin)
    if not tokens or len(set(tokens)) != len(tokens):
        raise SignedRefused("It spends nothing, or a coin twice.")
    spent = [_known(known, token) for token in tokens]
    if transaction.nVersion not in _RELAYED_VERSIONS:
        raise SignedRefused("It has a version that nodes do not pass on: it could not land.")
    if transaction.nLockTime or any(not vin.nSequence & _NO_RELATIVE_LOCK for vin in transaction.vin):
        raise SignedRefused("It may not land before some time or block: it has to be free of locks.")
    for position, coin in enumerate(spent):
        _check_witness(transaction, position, coin, chain=chain)
    outputs = tuple(_output(vout, chain) for vout in transaction.vout)
    fee = sum(coin.minor for coin in spent) - sum(output.minor for output in outputs)
    if any(vout.nValue < bitcoin_coins.dust_limit(bytes(vout.scriptPubKey)) for vout in transaction.vout):
        raise SignedRefused("It pays out dust, which nodes do not pass on: it could not land.")
    if fee < 0:
        raise SignedRefused("It pays out more than comes in.")
    scripts = [bytes(vout.scriptPubKey) for vout in transaction.vout]
    return SignedElsewhere(
        signed=Signed(raw=transaction.serialize(), txid=b2lx(transaction.GetTxid())),
        senders=tuple(coin.address for coin in spent),
        outputs=outputs,
        max_fee_minor=fee,
        replay_tokens=tokens,
        rate=1_000 * fee // bitcoin_coins.vbytes(inputs=len(spent), scripts=scripts),
    )


def _transaction(content: str) -> CTransaction:
    text = "".join(content.split())
    if not text or len(text) > _MOST_CHARACTERS:
        raise SignedRefused("This is neither a PSBT nor a transaction.")
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = _base64(text)
    if raw.startswith(_MAGIC):
        raw = _finalized(raw)
    try:
        return parse_transaction(raw)
    except PayloadInvalid as error:
        raise SignedRefused("This is neither a PSBT nor a transaction.") from error


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise SignedRefused("This is neither hexadecimal nor base 64.") from error


def _finalized(raw: bytes) -> bytes:
    """Return the transaction of a PSBT with its signatures in place. :raises SignedRefused: if some are missing"""
    try:
        made = finalize_psbt(PSBT.parse(raw))
    except Exception as error:  # embit refuses bad bytes with whatever comes up, RuntimeError among others
        raise SignedRefused("This PSBT cannot be read.") from error
    if made is None:
        raise SignedRefused("This PSBT is not signed, or not by all that have to.")
    return bytes(made.serialize())


def _known(known: Mapping[str, Coin], token: str) -> Coin:
    if token not in known:
        raise SignedRefused(f"It spends {token}, which is no coin of the cold address that is there to be spent.")
    return known[token]


def _check_witness(transaction: CTransaction, position: int, coin: Coin, *, chain: str) -> None:
    """:raises SignedRefused: unless this input is signed by the coin's key, for all of the transaction (SIGHASH_ALL)"""
    script = bitcoin_address.to_script(coin.address, chain=chain)
    witnesses = transaction.wit.vtxinwit
    stack = list(witnesses[position].scriptWitness.stack) if position < len(witnesses) else []
    if len(stack) != 2 or transaction.vin[position].scriptSig:
        raise SignedRefused(f"Input {position + 1} is not signed as a P2WPKH coin is.")
    signature, key = bytes(stack[0]), bytes(stack[1])
    is_key = len(key) == 33 and key[0] in {2, 3}
    if (
        not is_key
        or not bitcoin_address.is_witness_key_hash(script)
        or bitcoin_address.witness_key_hash_script(key) != script
    ):
        raise SignedRefused(f"Input {position + 1} is not signed by the key of {coin.address}.")
    digest = witness_digest(transaction, position, script, coin.minor)
    if signature[-1:] != bytes([_SIGHASH_ALL]) or not _is_good(signature[:-1], digest, key):
        raise SignedRefused(f"The signature of input {position + 1} is not good.")


def _is_good(der: bytes, digest: bytes, key: bytes) -> bool:
    """Say whether it is a signature by this key, in the one form that nodes relay: strict DER, low-s."""
    try:
        parsed = der_to_cdata(der)
        is_strict = bytes(cdata_to_der(parsed)) == der
        is_low = 0 < int.from_bytes(serialize_compact(parsed)[32:64]) <= HALF_ORDER
        return is_strict and is_low and PublicKey(key).verify(der, digest, hasher=None)
    except ValueError:
        return False


def _output(vout: object, chain: str) -> Output:
    script, value = bytes(vout.scriptPubKey), int(vout.nValue)  # type: ignore[attr-defined]  # bitcoinlib has no types
    address = bitcoin_address.to_address(script, chain=chain)
    if address is None or value <= 0:
        raise SignedRefused("It pays something that is no address.")
    return Output(address, value)
