"""Solana's bytes: what they cost, what else could be read into them, and what is no transfer of ours."""

from dataclasses import replace

import pytest
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.message import Message, MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM
from solders.system_program import TransferParams, transfer

from chains.adapters import solana_payload
from chains.adapters.solana_payload import MEMO, TOKEN, TOKEN_2022
from chains.errors import AddressInvalid, MemoInvalid, PayloadInvalid, PaymentImpossible
from chains.values import Output
from tests.factories.chains import adapter, address_of, edwards_key, payment, public_key, rate, sign
from tests.factories.solana import USDC, keypair

CHAIN = adapter("solana")
RECENT = Hash.from_string(address_of(CHAIN, "block"))


def token(**changes: object):
    known = {"contract": USDC, "program": str(TOKEN), "decimals": 6, "minor": 5_000_000, "gas_limit": 80_000}
    return payment("solana", **{**known, **changes})


def test_the_token_account_of_an_owner() -> None:
    """The United States dollar coin's own: associated accounts of public record."""
    owner = "CuieVDEDtLo7FypA9SbLM9saXFdb1dsshEkyErMqkRQq"
    account = solana_payload.token_account(owner, USDC, str(TOKEN))
    program, _ = Pubkey.find_program_address(
        [bytes(Pubkey.from_string(each)) for each in (owner, str(TOKEN), USDC)], solana_payload.ASSOCIATED
    )
    assert account == str(program)
    assert solana_payload.token_account(owner, USDC, str(TOKEN_2022)) != account


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({}, 5_001),  # 5,000 for the signature, 1,000 units at 1,000 micro-lamports
        ({"gas_limit": 1}, 5_001),  # whatever is begun costs a lamport
        ({"gas_limit": 0}, 5_000),
        ({"rate": rate("solana", per_unit=5_000_000)}, 10_000),
    ],
)
def test_what_a_transfer_costs_at_most(changes, most) -> None:
    assert CHAIN.build(payment("solana", **changes)).max_fee_minor == most


def test_making_an_account_costs_what_keeps_it() -> None:
    assert CHAIN.build(token()).max_fee_minor == 5_080
    assert CHAIN.build(token(creates=True)).max_fee_minor == 5_080 + 2_039_280
    assert CHAIN.build(token(creates=True, program=str(TOKEN_2022))).max_fee_minor == 5_080 + 2_074_080


def test_a_payment_by_another_payer_is_signed_by_both() -> None:
    """The hot wallet pays the fee, the deposit address gives what it holds."""
    payer = address_of(CHAIN, "payer")
    unsigned = CHAIN.build(token(payer=payer))
    assert unsigned.senders == (payer, address_of(CHAIN, "alice"))
    assert unsigned.max_fee_minor == 10_080
    assert len(set(unsigned.replay_tokens)) == 2
    contents = CHAIN.digests(unsigned.payload)
    made = [edwards_key(who).sign(content) for who, content in zip(("payer", "alice"), contents, strict=True)]
    keys = [public_key(who, CHAIN.curve) for who in ("payer", "alice")]
    signed = CHAIN.attach(unsigned.payload, made, keys)
    assert CHAIN.explain(signed.raw) == (signed.txid, unsigned.replay_tokens)
    with pytest.raises(PayloadInvalid):
        CHAIN.attach(unsigned.payload, made[::-1], keys)
    with pytest.raises(PayloadInvalid):
        CHAIN.attach(unsigned.payload, made[:1], keys[:1])


@pytest.mark.parametrize("changes", [{"memo": "invoice 7 · é"}, {"memo": ""}])
@pytest.mark.parametrize("build", [payment, lambda _, **changes: token(**changes)])
def test_a_memo_is_read_back(build, changes) -> None:
    unsigned = CHAIN.build(build("solana", **changes))
    assert unsigned.memo == changes["memo"]
    assert CHAIN.decode(unsigned.payload) == unsigned


def test_what_cannot_be_paid_is_refused() -> None:
    for minor in (0, -1, 2**64):
        with pytest.raises(PaymentImpossible):
            CHAIN.build(payment("solana", minor=minor))
    with pytest.raises(MemoInvalid):
        CHAIN.build(payment("solana", memo="x" * 501))
    with pytest.raises(AddressInvalid):
        CHAIN.build(payment("solana", to=str(SYSTEM)))


@pytest.mark.parametrize("text", [str(SYSTEM), str(TOKEN), str(TOKEN_2022), str(MEMO)])
def test_the_address_of_a_program_is_refused(text) -> None:
    with pytest.raises(AddressInvalid, match="program"):
        CHAIN.check_address(text)


def test_the_recipient_of_a_token_is_held_against_its_account() -> None:
    """The message names an account; whose it is stands before it, and nobody else's will do."""
    unsigned = CHAIN.build(token())
    assert unsigned.outputs == (Output(address_of(CHAIN, "bob"), 5_000_000, USDC),)
    with pytest.raises(PayloadInvalid):
        CHAIN.decode(public_key("mallory", CHAIN.curve) + unsigned.payload[32:])


def ours(**changes) -> tuple[bytes, list[Instruction]]:
    """A payload of ours, taken apart."""
    unsigned = CHAIN.build(payment("solana", **changes))
    message = MessageV0.from_bytes(unsigned.payload[33:])
    parts = [
        Instruction(
            message.account_keys[each.program_id_index],
            bytes(each.data),
            [
                AccountMeta(message.account_keys[index], message.is_signer(index), message.is_maybe_writable(index))
                for index in each.accounts
            ],
        )
        for each in message.instructions
    ]
    return unsigned.payload, parts


def put_together(parts: list[Instruction], payer: str = "alice") -> bytes:
    message = MessageV0.try_compile(keypair(payer).pubkey(), parts, [], RECENT)
    return public_key("bob", CHAIN.curve) + to_bytes_versioned(message)


def test_a_second_transfer_or_any_other_instruction_is_no_payload() -> None:
    payload, parts = ours()
    assert put_together(parts) == payload
    to_mallory = transfer(
        TransferParams(from_pubkey=keypair("alice").pubkey(), to_pubkey=keypair("mallory").pubkey(), lamports=1)
    )
    memo = Instruction(MEMO, b"hello", [])
    for wrong in (
        [*parts, to_mallory],
        [*parts[:2], to_mallory, parts[2]],
        [*parts, memo, memo],
        [memo, *parts],
        parts[1:],
        parts[::-1],
        [*parts[:2], memo],
        [*parts, Instruction(TOKEN, bytes([4]) + bytes(8), [])],  # approve
        [*parts, Instruction(SYSTEM, (1).to_bytes(4, "little") + bytes(32), [])],  # assign
    ):
        with pytest.raises(PayloadInvalid):
            CHAIN.decode(put_together(wrong))


def test_legacy_messages_and_signers_nobody_asked_for_are_no_payload() -> None:
    _, parts = ours()
    legacy = Message.new_with_blockhash(parts, keypair("alice").pubkey(), RECENT)
    with pytest.raises(PayloadInvalid):
        CHAIN.decode(public_key("bob", CHAIN.curve) + bytes(legacy))
    signer = AccountMeta(keypair("mallory").pubkey(), is_signer=True, is_writable=True)
    extra = Instruction(parts[2].program_id, parts[2].data, [*parts[2].accounts, signer])
    with pytest.raises(PayloadInvalid):
        CHAIN.decode(put_together([*parts[:2], extra]))


def test_two_messages_of_one_block_have_different_places_of_replay() -> None:
    """So a place proves nothing about another message: that is what expiry is for."""
    one, other = CHAIN.build(payment("solana")), CHAIN.build(payment("solana", minor=25_000_001))
    assert one.recent == other.recent == str(RECENT)
    assert one.replay_tokens != other.replay_tokens
    assert sign(CHAIN, one).txid != sign(CHAIN, other).txid
    later = CHAIN.build(replace(payment("solana"), recent=address_of(CHAIN, "another block")))
    assert later.replay_tokens != one.replay_tokens
