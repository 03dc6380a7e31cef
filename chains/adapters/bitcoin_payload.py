"""
Bitcoin transactions as bytes: PSBTs (BIP-174) in, BIP-143 digests, signed transactions out.

Nothing here depends on python-bitcoinlib's SelectParams, which is one setting for the whole process.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from bitcoin.core import (
    CMutableTransaction,
    CMutableTxIn,
    CMutableTxOut,
    COutPoint,
    CTransaction,
    CTxInWitness,
    CTxWitness,
    b2lx,
    lx,
)
from bitcoin.core.script import (
    SIGHASH_ALL,
    SIGVERSION_WITNESS_V0,
    CScript,
    CScriptWitness,
    SignatureHash,
)
from bitcoin.core.serialize import SerializationError
from coincurve import PublicKey
from coincurve.ecdsa import cdata_to_der, deserialize_compact
from embit.psbt import PSBT
from embit.script import Script
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from chains.adapters import bitcoin_address, bitcoin_coins
from chains.errors import PayloadInvalid
from chains.values import Coin, Outpoint, Output, Payment, Signed, Unsigned

SEQUENCE = 0xFFFFFFFD
"""Signals that it may be replaced (BIP-125) and sets no relative locktime."""

_MAX_MINOR = 21_000_000 * 10**8
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def build(payment: Payment, *, network: str, chain: str) -> Unsigned:
    """
    Choose the coins and return a version-2 transaction as a PSBT, replaceable, without locktime.

    :raises PaymentImpossible: as bitcoin_coins.choose
    """
    assert not payment.contract, "Bitcoin has no tokens"
    paid = [Output(payment.to, payment.minor), *payment.others]
    payees = tuple(
        bitcoin_coins.Payee(each.minor, bitcoin_address.to_script(each.address, chain=chain)) for each in paid
    )
    change_script = bitcoin_address.to_script(payment.change_address, chain=chain) if payment.change_address else None
    target = bitcoin_coins.Target(
        payees,
        change_script,
        payment.rate.rate,
        subtract_fee=payment.subtract_fee,
        max_fee_minor=payment.max_fee_minor,
        # The change's address is new each time: nobody outside can tell what will be drawn.
        seed=hashlib.sha256(repr((payment.change_address, paid)).encode()).digest(),
    )
    choice = bitcoin_coins.choose(coins=payment.coins, target=target)
    outputs = [TransactionOutput(minor, Script(payee.script)) for minor, payee in zip(choice.pays, payees, strict=True)]
    if choice.change_minor:
        outputs.append(TransactionOutput(choice.change_minor, Script(change_script)))
    # Which output is the change must not show by its place; but building again must give the same bytes.
    mixed = hashlib.sha256(_psbt(choice.coins, outputs, chain)).digest()
    order = sorted(range(len(outputs)), key=lambda place: hashlib.sha256(mixed + place.to_bytes(2)).digest())
    payload = _psbt(choice.coins, [outputs[place] for place in order], chain)
    return decode(payload, network=network, chain=chain)


def of_outputs(coins: Sequence[Coin], outputs: Sequence[Output], *, network: str, chain: str) -> Unsigned:
    """Return the transaction that spends these coins for these outputs, in this order."""
    made = [
        TransactionOutput(out.minor, Script(bitcoin_address.to_script(out.address, chain=chain))) for out in outputs
    ]
    return decode(_psbt(coins, made, chain), network=network, chain=chain)


def decode(payload: bytes, *, network: str, chain: str) -> Unsigned:
    """
    Read senders, outputs and the exact fee out of a PSBT.

    The amounts of the inputs are those the PSBT claims. A signature commits to its own input's amount
    (BIP-143), so a false one makes the signature worthless.

    :raises PayloadInvalid: for anything that `build` would not have made
    """
    psbt = _parse(payload)
    coins = [_coin(scope, chain) for scope in psbt.inputs]
    outputs = tuple(_output(vout, chain) for vout in psbt.tx.vout)
    tokens = tuple(str(coin.outpoint) for coin in coins)
    fee_minor = sum(coin.minor for coin in coins) - sum(output.minor for output in outputs)
    _require(len(set(tokens)) == len(tokens), "an output is spent twice")
    _require(fee_minor >= 0, "more is paid out than comes in")
    return Unsigned(
        network=network,
        payload=payload,
        senders=tuple(coin.address for coin in coins),
        outputs=outputs,
        max_fee_minor=fee_minor,
        replay_tokens=tokens,
    )


def digests(payload: bytes) -> tuple[bytes, ...]:
    """Return the BIP-143 hash (SIGHASH_ALL) of every input. :raises PayloadInvalid:"""
    psbt = _parse(payload)
    transaction = _transaction(psbt)
    return tuple(
        witness_digest(transaction, index, scope.witness_utxo.script_pubkey.data, scope.witness_utxo.value)
        for index, scope in enumerate(psbt.inputs)
    )


def witness_digest(transaction: CMutableTransaction, index: int, script: bytes, minor: int) -> bytes:
    """Return the hash that a P2WPKH input's key signs (BIP-143, SIGHASH_ALL)."""
    script_code = CScript(b"\x76\xa9\x14" + script[2:] + b"\x88\xac")
    digest = SignatureHash(script_code, transaction, index, SIGHASH_ALL, minor, SIGVERSION_WITNESS_V0)
    return bytes(digest)


def attach(payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
    """
    Put the signatures in place and check each against its digest.

    :raises PayloadInvalid: if one does not fit, is not low-s, or its key is not the one the coin waits for
    """
    psbt = _parse(payload)
    transaction = _transaction(psbt)
    hashes = digests(payload)
    _require(len(signatures) == len(public_keys) == len(hashes), "one signature and key per input")
    witnesses = []
    for scope, digest, signature, key in zip(psbt.inputs, hashes, signatures, public_keys, strict=True):
        script = scope.witness_utxo.script_pubkey.data
        _require(bitcoin_address.witness_key_hash_script(key) == script, "the key is not this coin's")
        witnesses.append(CTxInWitness(CScriptWitness([_der(signature, digest, key) + bytes([SIGHASH_ALL]), key])))
    transaction.wit = CTxWitness(witnesses)
    signed = CTransaction.from_tx(transaction)
    return Signed(raw=signed.serialize(), txid=b2lx(signed.GetTxid()))


def explain(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return (txid, spent outputs) of a signed transaction. :raises PayloadInvalid:"""
    transaction = parse_transaction(raw)
    tokens = tuple(f"{b2lx(vin.prevout.hash)}:{vin.prevout.n}" for vin in transaction.vin)
    return b2lx(transaction.GetTxid()), tokens


def parse_transaction(raw: bytes) -> CTransaction:
    """Return a serialized transaction parsed. :raises PayloadInvalid: if it is none"""
    try:
        return CTransaction.deserialize(raw)
    except (SerializationError, ValueError) as error:
        raise PayloadInvalid("not a Bitcoin transaction") from error


def _psbt(coins: Sequence[Coin], outputs: Sequence[TransactionOutput], chain: str) -> bytes:
    inputs = [
        TransactionInput(bytes.fromhex(coin.outpoint.txid), coin.outpoint.vout, sequence=SEQUENCE) for coin in coins
    ]
    psbt = PSBT(Transaction(version=2, vin=inputs, vout=list(outputs), locktime=0))
    for scope, coin in zip(psbt.inputs, coins, strict=True):
        script = bitcoin_address.to_script(coin.address, chain=chain)
        assert bitcoin_address.is_witness_key_hash(script), "only P2WPKH coins are spent"
        scope.witness_utxo = TransactionOutput(coin.minor, Script(script))
    return bytes(psbt.serialize())


def _parse(payload: bytes) -> PSBT:
    try:
        psbt = PSBT.parse(payload)
    except Exception as error:  # embit refuses bad bytes with whatever comes up, RuntimeError among others
        raise PayloadInvalid("not a PSBT") from error
    # A second reading of the same bytes must not be possible: only the one form that `build` writes.
    _require(psbt.version is None and psbt.tx.version == 2 and psbt.tx.locktime == 0, "version or locktime")
    _require(bool(psbt.inputs) and bool(psbt.outputs), "no inputs or no outputs")
    for scope in psbt.inputs:
        _require(scope.witness_utxo is not None, "an input without its amount")
        _require(bitcoin_address.is_witness_key_hash(scope.witness_utxo.script_pubkey.data), "not a P2WPKH input")
    _require(_rewritten(psbt) == payload, "more than a plain unsigned transaction")
    return psbt


def _rewritten(psbt: PSBT) -> bytes:
    """Return the PSBT with only what `build` puts in: no key, signature, path or unknown field survives."""
    inputs = [TransactionInput(vin.txid, vin.vout, sequence=SEQUENCE) for vin in psbt.tx.vin]
    plain = PSBT(Transaction(version=2, vin=inputs, vout=psbt.tx.vout, locktime=0))
    for scope, source in zip(plain.inputs, psbt.inputs, strict=True):
        scope.witness_utxo = source.witness_utxo
    return bytes(plain.serialize())


def _transaction(psbt: PSBT) -> CMutableTransaction:
    inputs = [CMutableTxIn(COutPoint(lx(vin.txid.hex()), vin.vout), nSequence=SEQUENCE) for vin in psbt.tx.vin]
    outputs = [CMutableTxOut(vout.value, CScript(vout.script_pubkey.data)) for vout in psbt.tx.vout]
    return CMutableTransaction(inputs, outputs, nVersion=2)


def _coin(scope: Any, chain: str) -> Coin:
    utxo = scope.witness_utxo
    address = bitcoin_address.to_address(utxo.script_pubkey.data, chain=chain)
    _require(address is not None and 0 < utxo.value <= _MAX_MINOR, "an input's amount or script")
    assert address is not None
    outpoint = Outpoint(scope.vin.txid.hex(), scope.vin.vout)
    return Coin(outpoint, utxo.value, address)


def _output(vout: TransactionOutput, chain: str) -> Output:
    address = bitcoin_address.to_address(vout.script_pubkey.data, chain=chain)
    if address is None or not 0 < vout.value <= _MAX_MINOR:
        raise PayloadInvalid("an output's amount or script")
    return Output(address, vout.value)


def _der(signature: bytes, digest: bytes, public_key: bytes) -> bytes:
    _require(len(signature) == 65, "a signature has 65 bytes")
    _require(0 < int.from_bytes(signature[32:64]) <= HALF_ORDER, "the signature is not low-s")
    try:
        der = bytes(cdata_to_der(deserialize_compact(signature[:64])))
        fits = PublicKey(public_key).verify(der, digest, hasher=None)
    except ValueError as error:
        raise PayloadInvalid("not a signature or not a key") from error
    _require(fits, "the signature does not fit")
    return der


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise PayloadInvalid(f"not a payment this house builds: {what}")
