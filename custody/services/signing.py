"""Signing: what was approved and nothing else, once for each place of replay; and whose an address is."""

import hashlib
import logging
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from django.conf import settings
from django.db import connection, transaction

from assets.queries import get_network
from chains.base import ChainAdapter
from chains.errors import NotReplaceable
from chains.queries import block_number, check_not_halted, get_adapter, newest_block
from chains.values import Signed, Unsigned
from custody.base import Intent, Ownership, OwnershipProof
from custody.errors import ConflictingSignature, IntentMismatch, OwnershipRefused
from custody.models import Key, SignatureGuard, Together
from custody.policy import differences, replaces, terms_digest
from custody.queries import by_payload, guarded
from custody.registry import key_provider
from custody.services.sealing import hold_versions, open_private_key
from custody.signers import curves, ownership
from kit.locks import wait_for_turn

logger = logging.getLogger(__name__)


def sign(*, payload: bytes, intent: Intent, now: datetime) -> Signed:
    """
    Sign exactly what was approved, once, inside the caller's transaction.

    The payload is decoded here and compared with the intent; each place of replay it uses
    is then written down for good. The same payload for the same subject signs to the same
    bytes again. Another one for it is signed only if at most one of them can land. Whatever
    is refused leaves nothing behind, even if the caller goes on.

    :raises IntentMismatch: if the bytes do anything else than the intent says
    :raises ConflictingSignature: if one of its places of replay is taken by other bytes, or others that were signed
        for the same may land beside it
    :raises NotReplaceable: if it replaces what was signed before terms were kept; that can only be called off
    :raises KeysUnavailable: in a process without keys
    :raises NetworkHalted: while an operator has yet to look at the network, as after a restore
    """
    assert connection.in_atomic_block, "the signature commits together with what sends it, or not at all"
    adapter = get_adapter(intent.network)
    check_not_halted(intent.network)
    with transaction.atomic():
        hold_versions()
        key_provider().active_version()
        unsigned = adapter.decode(payload)
        keys = _own_keys(unsigned, intent)
        found = differences(unsigned, intent, own_addresses=keys.keys())
        if found:
            logger.critical(
                "signing_refused", extra={"network": intent.network, "subject": intent.subject, "differs_in": found}
            )
            raise IntentMismatch(f"It differs in: {', '.join(found)}.", differs_in=found)
        signers = [keys[sender] for sender in unsigned.senders]
        _guard(signers, unsigned, intent, payload=payload, now=now)
        return _sign_checked(adapter, payload, signers, unsigned=unsigned, now=now)


@transaction.atomic
def sign_ownership(stated: Ownership, *, now: datetime) -> OwnershipProof:
    """
    Sign that an address is ours: the one form of message that keys sign, which is made here and can be no payment.

    :raises OwnershipRefused: if the address is none of ours, or what is stated does not fit into the form
    :raises KeysUnavailable: in a process without keys
    """
    hold_versions()
    key_provider().active_version()
    text = ownership.message(stated, chain=settings.NETWORKS[stated.network].chain)
    key = Key.objects.filter(network=stated.network, address=stated.address).first()
    if key is None:
        logger.critical("ownership_refused", extra={"network": stated.network, "address": stated.address})
        raise OwnershipRefused(f"{stated.address} is not ours.")
    family, public = get_network(stated.network).family, bytes(key.public_key)
    curve = get_adapter(stated.network).curve
    with open_private_key(key, now=now) as private:
        content = ownership.digest(text, family=family, public_key=public)
        signature = curves.sign(private, content, curve=curve, public_key=public)
    encoded = ownership.encode(signature, family=family, public_key=public)
    return OwnershipProof(message=text, scheme=ownership.SCHEMES[family], signature=encoded)


def _own_keys(unsigned: Unsigned, intent: Intent) -> dict[str, Key]:
    addresses = {*unsigned.senders, *intent.change_addresses}
    return {key.address: key for key in Key.objects.filter(network=intent.network, address__in=addresses)}


def _guard(signers: list[Key], unsigned: Unsigned, intent: Intent, *, payload: bytes, now: datetime) -> None:
    """
    Write down each place of replay that is used, once for all that can land.

    :raises ConflictingSignature: if one is taken by another subject, or something else that was signed for this one may
        land beside it
    """
    digest, subject = hashlib.sha256(payload).digest(), intent.subject
    last_block = _last_block(unsigned)
    for each in sorted({subject, *(due.subject for due in intent.others)}):
        wait_for_turn(f"custody.sign:{each}")
    _guard_others(intent, now=now)
    generation = _next_generation(unsigned, intent, digest=digest)
    tokens = _guarded_tokens(signers, unsigned, digest=digest, subject=subject)
    rows = [
        SignatureGuard(
            key=key,
            replay_token=token,
            generation=generation,
            payload_digest=digest,
            terms_digest=terms_digest(intent),
            subject=subject,
            last_block=last_block,
            signed_at=now,
        )
        for key, token in zip(signers, tokens, strict=True)
    ]
    rows.sort(key=lambda row: (row.key_id, row.replay_token))  # one order for all: no deadlock
    # Waits for a rival's uncommitted row; then inserts nothing, and the rival's row is read below.
    SignatureGuard.objects.bulk_create(rows, ignore_conflicts=True)
    standing = guarded(tokens=[row.replay_token for row in rows], key_ids=[row.key_id for row in rows])
    if any(
        row.subject != subject or (row.generation == generation and bytes(row.payload_digest) != digest)
        for row in standing
    ):
        _refuse(subject)


def _next_generation(unsigned: Unsigned, intent: Intent, *, digest: bytes) -> int:
    """
    Return the generation of what is to be signed; that of the same payload, if it was signed before.

    Of everything that was signed for one subject at most one may land. So what is signed beside it shares a place of
    replay with every other that may still land, is declared as what replaces them, and does the same or nothing.

    :raises ConflictingSignature: if it does not
    :raises NotReplaceable: if nobody can tell, because what was signed is older than what is kept of it
    """
    signed = by_payload(SignatureGuard.objects.filter(subject=intent.subject))
    if digest in signed:
        return signed[digest].generation
    newest = newest_block(network=unsigned.network)
    read_to = (newest.number or newest.height) if newest else 0
    for earlier in signed.values():
        if earlier.may_land(read_to) and not replaces(unsigned, intent, earlier):
            is_in_its_place = intent.replaces and earlier.tokens & set(unsigned.replay_tokens)
            if is_in_its_place and earlier.has_unknown_terms:
                raise NotReplaceable(why="It was signed by a release that did not keep what it pays.")
            _refuse(intent.subject)
    return max((each.generation + 1 for each in signed.values()), default=0)


def _guard_others(intent: Intent, *, now: datetime) -> None:
    """
    Write down who is paid together: each of them once for good, alone or with the same others.

    Only with the first signature is anything written: whatever replaces it, or calls it off, is for the same ones.

    :raises ConflictingSignature: if one was signed for before otherwise
    """
    others = [each.subject for each in intent.others]
    if len({intent.subject, *others}) != len(others) + 1 or Together.objects.filter(subject=intent.subject).exists():
        _refuse(intent.subject)
    if others and not SignatureGuard.objects.filter(subject=intent.subject).exists():
        rows = [Together(subject=each, paid_with=intent.subject, signed_at=now) for each in others]
        Together.objects.bulk_create(rows, ignore_conflicts=True)
    paid = set(Together.objects.filter(paid_with=intent.subject).values_list("subject", flat=True))
    if paid != set(others) or SignatureGuard.objects.filter(subject__in=others).exists():
        _refuse(intent.subject)


def _refuse(subject: str) -> NoReturn:
    logger.critical("conflicting_signature", extra={"subject": subject})
    raise ConflictingSignature


def _last_block(unsigned: Unsigned) -> int | None:
    """
    Return the number of the last block that can hold it, from the blocks we have read ourselves; None: any can.

    Bytes that name a last epoch (Sui) or block (Stellar) are held to the one that we have read, and so many to come.

    :raises IntentMismatch: if it is bound to a block that we have not read, or to a later epoch: then nobody could tell
    """
    if _names_epoch(unsigned):
        begun = _newest_number(unsigned.network)
        if not begun or not 0 <= unsigned.last_height - begun <= settings.NETWORKS[unsigned.network].valid_blocks:
            raise IntentMismatch("It does not expire when it should.", differs_in=["last_height"])
        return unsigned.last_height
    if not unsigned.recent:
        lasts = get_adapter(unsigned.network).lasts()
        newest = newest_block(network=unsigned.network) if lasts else None
        if lasts and (newest is None or not 0 < unsigned.last_height <= newest.height + lasts):
            raise IntentMismatch("It does not expire when it should.", differs_in=["last_height"])
        return unsigned.last_height or None
    number = block_number(network=unsigned.network, block_hash=unsigned.recent)
    if number is None:
        raise IntentMismatch("It is bound to a block that we have not read.", differs_in=["recent"])
    return number + int(settings.NETWORKS[unsigned.network].valid_blocks)


def _names_epoch(unsigned: Unsigned) -> bool:
    return bool(unsigned.last_height and settings.NETWORKS[unsigned.network].valid_blocks)


def _guarded_tokens(signers: list[Key], unsigned: Unsigned, *, digest: bytes, subject: str) -> list[str]:
    """
    Return the places of replay as they are written down.

    Where bytes name a last epoch, a coin is free again once that is over, in the very version that they would have
    taken. So there the epoch is part of the place; and of the few that may still be waited for, no other bytes hold it.

    :raises ConflictingSignature: if others do
    """
    if not _names_epoch(unsigned):
        return list(unsigned.replay_tokens)
    wait_for_turn(f"custody.sign:{unsigned.network}")
    begun, valid = _newest_number(unsigned.network), settings.NETWORKS[unsigned.network].valid_blocks
    places = [token.rpartition(":")[0] if token.count(":") > 1 else token for token in unsigned.replay_tokens]
    alive = guarded(
        tokens=[f"{place}@{epoch}" for place in places for epoch in range(begun, begun + valid + 1)],
        key_ids=[key.pk for key in signers],
    )
    if alive.exclude(payload_digest=digest).exists():
        _refuse(subject)
    return [f"{place}@{unsigned.last_height}" for place in places]


def _newest_number(network: str) -> int:
    newest = newest_block(network=network)
    return newest.number if newest else 0


def _sign_checked(
    adapter: ChainAdapter, payload: bytes, signers: list[Key], *, unsigned: Unsigned, now: datetime
) -> Signed:
    signed = _attach_all(adapter, payload, signers, now=now)
    outer = adapter.around(payload, signed)
    if outer:
        whole = adapter.decode(outer)
        payers = [key for key in signers if key.address in whole.senders]
        if replace(whole, payload=payload, senders=unsigned.senders, replay_tokens=unsigned.replay_tokens) != unsigned:
            raise IntentMismatch("What is signed around it is not what was checked.")
        signed = _attach_all(adapter, outer, payers, now=now)
    txid, tokens = adapter.explain(signed.raw)
    if txid != signed.txid or tokens[-len(unsigned.replay_tokens) :] != unsigned.replay_tokens:
        raise IntentMismatch("The signed bytes are not those that were checked.")
    return signed


def _attach_all(adapter: ChainAdapter, payload: bytes, signers: list[Key], *, now: datetime) -> Signed:
    made: dict[tuple[str, bytes], bytes] = {}
    places = [(key, content) for key, content in zip(signers, adapter.digests(payload), strict=True)]
    for key, content in places:
        if (key.pk, content) not in made:
            with open_private_key(key, now=now) as private:
                public = bytes(key.public_key)
                made[key.pk, content] = curves.sign(private, content, curve=adapter.curve, public_key=public)
    signatures = [made[key.pk, content] for key, content in places]
    return adapter.attach(payload, signatures, [bytes(key.public_key) for key in signers])
