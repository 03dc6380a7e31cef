"""Checking statements of ownership with other people's code: eth_account, and Bitcoin Core's own script engine."""

import base64
import hashlib

import pbk
from bitcoin.core import COutPoint, CScript, CTransaction, CTxIn, CTxInWitness, CTxOut, CTxWitness
from bitcoin.core.script import OP_0, OP_RETURN, CScriptWitness
from embit.script import address_to_scriptpubkey
from eth_account import Account
from eth_account.messages import encode_defunct


def is_signed_by(address: str, *, message: str, scheme: str, signature: str) -> bool:
    """Say whether the key of this address signed the message."""
    if scheme == "eip191":
        return bool(Account.recover_message(encode_defunct(text=message), signature=signature) == address)
    assert scheme == "bip322-simple"
    script = bytes(address_to_scriptpubkey(address).data)
    return _runs(script, _to_sign(message, script, _stack(base64.b64decode(signature, validate=True))))


def _to_sign(message: str, script: bytes, stack: list[bytes]) -> CTransaction:
    """BIP-322's two transactions, built with python-bitcoinlib."""
    tag = hashlib.sha256(b"BIP0322-signed-message").digest()
    hashed = hashlib.sha256(tag + tag + message.encode()).digest()
    spent = CTxIn(COutPoint(bytes(32), 0xFFFFFFFF), CScript([OP_0, hashed]), 0)
    to_spend = CTransaction([spent], [CTxOut(0, CScript(script))], 0, 0)
    return CTransaction(
        [CTxIn(COutPoint(to_spend.GetTxid(), 0), CScript(), 0)],
        [CTxOut(0, CScript([OP_RETURN]))],
        0,
        0,
        CTxWitness((CTxInWitness(CScriptWitness(stack)),)),
    )


def _runs(script: bytes, transaction: CTransaction) -> bool:
    wanted, found = pbk.ScriptPubkey(script), pbk.Transaction(transaction.serialize())
    precomputed = pbk.script.PrecomputedTransactionData(found, [pbk.TransactionOutput(wanted, 0)])
    try:
        return bool(wanted.verify(0, found, precomputed, 0, pbk.ScriptVerificationFlags.ALL))
    except pbk.ScriptVerifyException:
        return False


def _stack(witness: bytes) -> list[bytes]:
    stack, rest = [], witness[1:]
    for _ in range(witness[0]):
        stack.append(rest[1 : 1 + rest[0]])
        rest = rest[1 + rest[0] :]
    assert not rest
    return stack
