"""The Stellar ledger of the devnet, asked with transactions made by hand."""

import base64
import hashlib
import os
import signal
from decimal import Decimal
from typing import Any

import pytest
from stellar_sdk import (
    AccountMerge,
    Asset,
    BumpSequence,
    ChangeTrust,
    CreateAccount,
    HashMemo,
    IdMemo,
    ManageData,
    MuxedAccount,
    Payment,
    SetOptions,
    TextMemo,
    TransactionBuilder,
    xdr,
)

from devnet.stellar.ledger import PASSPHRASE
from tests.factories.stellar import Horizon, horizon, keypair

pytestmark = pytest.mark.nodes
NATIVE = Asset.native()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with horizon(tmp_path_factory.mktemp("stellar")) as node:
        yield node


@pytest.fixture
def node(shared):
    shared.control("reset")
    shared.control("forget")
    return shared


def pay(to: str, amount: str, asset: Asset = NATIVE, **more) -> Payment:
    return Payment(keypair(to).public_key, asset, amount, **more)


def refusal(answer) -> str:
    """The codes in the XDR of an asynchronous refusal."""
    status, body = answer
    assert (status, body["tx_status"]) == (400, "ERROR")
    result = xdr.TransactionResult.from_xdr(body["error_result_xdr"]).result
    inner = result.results[0] if result.results else None
    return result.code.name + (f" {inner.code.name}" if inner else "")


def ended(node: Horizon, envelope) -> dict[str, Any]:
    """Put it into a ledger and return what Horizon then shows."""
    status, body = node.post(envelope)
    assert (status, body["tx_status"]) == (201, "PENDING"), body
    node.mine()
    return node.get(f"/transactions/{envelope.hash().hex()}")[1]


def test_a_payment_is_real_and_shown_whole(node):
    node.open("ann", "ben")
    envelope = node.build("ann", pay("ben", "12.5000001"), memo=TextMemo("for ben"))
    shown = ended(node, envelope)
    assert (shown["successful"], shown["fee_charged"], shown["memo"], shown["memo_type"]) == (
        True,
        "100",
        "for ben",
        "text",
    )
    assert (node.balance("ann"), node.balance("ben")) == ("987.4999899", "1012.5000001")
    assert shown["envelope_xdr"] == envelope.to_xdr()
    [payment] = node.records(f"/ledgers/{shown['ledger']}/payments?join=transactions")
    assert (payment["to"], payment["amount"]) == (keypair("ben").public_key, "12.5000001")
    assert payment["transaction"]["memo"] == "for ben"
    result = xdr.TransactionResult.from_xdr(shown["result_xdr"])
    assert (result.fee_charged.int64, result.result.code.name) == (100, "txSUCCESS")


def test_a_ledgers_hash_is_that_of_its_header_and_names_the_one_before(node):
    last = node.mine(2)
    newer, older = (node.get(f"/ledgers/{number}")[1] for number in (last, last - 1))
    content = base64.b64decode(newer["header_xdr"])
    header = xdr.LedgerHeader.from_xdr_bytes(content)
    assert hashlib.sha256(content).hexdigest() == newer["hash"]
    assert header.previous_ledger_hash.hash.hex() == older["hash"] == newer["prev_hash"]
    assert header.ledger_seq.uint32 == last


def test_each_signature_that_is_needed_and_no_other(node):
    node.open("cat", "dan")
    payment = pay("dan", "1")
    assert refusal(node.post(node.build("cat", payment, signers=()))) == "txBAD_AUTH"
    assert refusal(node.post(node.build("cat", payment, signers=("dan",)))) == "txBAD_AUTH"
    assert refusal(node.post(node.build("cat", payment, signers=("cat", "dan")))) == "txBAD_AUTH_EXTRA"
    other = pay("cat", "1", source=keypair("dan").public_key)
    assert refusal(node.post(node.build("cat", other))) == "txFAILED opBAD_AUTH"
    changed = node.build("cat", payment)
    changed.transaction.fee = 101  # after it was signed
    assert refusal(node.post(changed)) == "txBAD_AUTH"
    assert ended(node, node.build("cat", other, signers=("cat", "dan")))["successful"]
    assert (node.balance("cat"), node.balance("dan")) == ("1000.9999900", "999.0000000")


def test_sequence_numbers_follow_one_another_or_a_minimum(node):
    node.open("eve", "fay")
    now = int(node.account("eve")["sequence"])
    payment = pay("fay", "1")
    for number in (now, now + 2):
        assert refusal(node.post(node.build("eve", payment, sequence=number))) == "txBAD_SEQ"
    leap = node.build("eve", payment, sequence=now + 7, set_min_sequence_number=(now,))
    assert ended(node, leap)["successful"]
    assert int(node.account("eve")["sequence"]) == now + 7
    assert refusal(node.post(node.build("eve", payment, sequence=now + 3, set_min_sequence_number=(now,)))) == (
        "txBAD_SEQ"
    )
    assert node.balance("fay") == "1001.0000000"


def test_bounds_of_time_and_of_ledgers(node):
    node.open("gus", "hal")
    head, payment = node.mine(), pay("hal", "1")

    def bounded(**bounds):
        return node.build("gus", payment, **bounds)

    assert refusal(node.post(bounded(set_ledger_bounds=(0, head + 1)))) == "txTOO_LATE"
    assert refusal(node.post(bounded(set_ledger_bounds=(head + 2, 0)))) == "txTOO_EARLY"
    assert refusal(node.post(bounded(add_time_bounds=(0, 1)))) == "txTOO_LATE"
    assert refusal(node.post(bounded(add_time_bounds=(2**40, 0)))) == "txTOO_EARLY"
    assert ended(node, bounded(set_ledger_bounds=(0, head + 2)))["ledger"] == head + 1


def test_what_waits_too_long_is_dropped_and_costs_nothing(node):
    node.open("ian", "joy")
    head = node.mine()
    late = node.build("ian", pay("joy", "1"), set_ledger_bounds=(0, head + 2))
    node.control("fee", stroops=200)
    assert node.post(late)[1]["tx_status"] == "PENDING"
    assert node.post(late) == (409, {"tx_status": "DUPLICATE", "hash": late.hash().hex()})
    node.mine(2)
    node.control("fee")
    node.mine()
    assert node.get(f"/transactions/{late.hash().hex()}")[0] == 404
    assert node.balance("ian") == "1000.0000000"


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (pay("kim", "999"), "op_underfunded"),  # one lumen must stay
        (pay("nobody", "1"), "op_no_destination"),
        (pay("kim", "1", Asset("USDC", keypair("mia").public_key)), "op_src_no_trust"),
        (CreateAccount(keypair("nobody").public_key, "0.9999999"), "op_low_reserve"),
        (CreateAccount(keypair("kim").public_key, "5"), "op_already_exists"),
        (ChangeTrust(Asset("USDC", keypair("nobody").public_key)), "op_no_issuer"),
        (ChangeTrust(Asset("USDC", keypair("mia").public_key), "0"), "op_invalid_limit"),
    ],
)
def test_an_operation_that_cannot_be_done_costs_its_fee_and_undoes_the_others(node, operation, code):
    if node.get(f"/accounts/{keypair('kim').public_key}")[0] == 404:
        node.open("kim", "lea", "mia")
    before, number = node.balance("lea"), int(node.account("lea")["sequence"])
    envelope = node.build("lea", pay("kim", "1"), operation)
    node.post(envelope)
    ledger = node.mine()
    status, body = node.post(envelope, "/transactions")  # Horizon has it already, and says how it ended
    assert (status, body["extras"]["result_codes"]) == (
        400,
        {"transaction": "tx_failed", "operations": ["op_success", code]},
    )
    [shown] = node.records(f"/ledgers/{ledger}/transactions?include_failed=true")
    assert (shown["successful"], shown["fee_charged"]) == (False, "200")
    assert node.records(f"/ledgers/{ledger}/payments") == []
    assert int(node.account("lea")["sequence"]) == number + 1
    assert Decimal(before) - Decimal(node.balance("lea")) == Decimal("0.00002")


def test_trustlines_hold_what_an_issuer_pays_and_cost_half_a_lumen_each(node):
    node.open("ned")
    node.open("oda", amount="1.5000100")
    usdc = node.usdc()
    with pytest.raises(AssertionError, match="op_no_trust"):
        node.fund(keypair("ned").public_key, "5", "USDC")
    for name in ("ned", "oda"):
        assert ended(node, node.build(name, ChangeTrust(usdc, "10")))["successful"]
    node.fund(keypair("ned").public_key, "8", "USDC")
    node.mine()
    assert ended(node, node.build("ned", pay("oda", "3", usdc)))["successful"]
    assert (node.balance("ned", "USDC"), node.balance("oda", "USDC")) == ("5.0000000", "3.0000000")
    too_many = node.fund(keypair("ned").public_key, "5.0000001", "USDC")
    node.mine()
    assert node.get(f"/transactions/{too_many}")[1]["successful"] is False  # op_line_full
    assert refusal(node.post(node.build("oda", ManageData("x", b"1")))) == "txINSUFFICIENT_BALANCE"
    assert node.account("oda")["subentry_count"] == 1


def test_an_account_that_merges_is_gone_and_what_it_held_is_another_s(node):
    node.open("una", "vic", "wes")
    node.post(node.build("wes", ManageData("a", b"b")))
    node.mine()
    into = keypair("vic").public_key
    refused = node.build("wes", AccountMerge(into))
    node.post(refused)
    merged = node.build("una", AccountMerge(MuxedAccount(into, 7)))
    ledger = (node.post(merged), node.mine())[1]
    codes = node.post(refused, "/transactions")[1]["extras"]["result_codes"]
    assert codes["operations"] == ["op_has_sub_entries"]
    [shown] = node.records(f"/ledgers/{ledger}/payments")
    assert (shown["type"], shown["into"], shown["into_muxed_id"]) == ("account_merge", into, "7")
    effects = node.records(f"/operations/{shown['id']}/effects")
    assert [each["type"] for each in effects] == ["account_debited", "account_credited", "account_removed"]
    assert (node.get(f"/accounts/{keypair('una').public_key}")[0], node.balance("vic")) == (404, "1999.9999900")
    assert node.post(node.build("una", pay("vic", "1"), sequence=5))[0] == 400
    node.open("una", amount="3")
    assert int(node.account("una")["sequence"]) == (ledger + 1) << 32  # another account from now on


def test_muxed_destinations_and_every_kind_of_memo(node):
    node.open("pat", "quy")
    to = MuxedAccount(keypair("quy").public_key, 2**64 - 1)
    shown = ended(node, node.build("pat", Payment(to, NATIVE, "2")))
    [payment] = node.records(f"/ledgers/{shown['ledger']}/payments")
    assert (payment["to"], payment["to_muxed"], payment["to_muxed_id"]) == (
        keypair("quy").public_key,
        to.account_muxed,
        str(2**64 - 1),
    )
    for memo, kind, text in (
        (IdMemo(7), "id", "7"),
        (HashMemo(b"\7" * 32), "hash", base64.b64encode(b"\7" * 32).decode()),
    ):
        shown = ended(node, node.build("pat", pay("quy", "1"), memo=memo))
        assert (shown["memo_type"], shown["memo"]) == (kind, text)


def test_a_fee_bump_replaces_what_waits_if_it_bids_ten_times_as_much(node):
    node.open("ray", "sue", "tim")
    stuck = node.build("ray", pay("sue", "1"))
    node.control("fee", stroops=500)
    node.post(stuck)

    def bumped(fee: int):
        outer = TransactionBuilder.build_fee_bump_transaction(keypair("tim"), fee, stuck, PASSPHRASE)
        outer.sign(keypair("tim"))
        return outer

    assert refusal(node.post(bumped(999))) == "txINSUFFICIENT_FEE"
    outer = bumped(1_000)
    assert node.post(outer)[1]["tx_status"] == "PENDING"
    assert node.post(stuck)[1]["tx_status"] == "DUPLICATE"  # it waits within the other
    node.mine()
    shown, same = (node.get(f"/transactions/{each.hash().hex()}")[1] for each in (outer, stuck))
    assert (shown["id"], shown["hash"]) == (outer.hash().hex(),) * 2
    as_inner = {"id": stuck.hash().hex(), "hash": stuck.hash().hex()}
    assert same == {**shown, **as_inner, "signatures": shown["inner_transaction"]["signatures"]}
    assert shown["fee_bump_transaction"] == {"hash": outer.hash().hex(), "signatures": shown["signatures"]}
    assert (shown["fee_account"], shown["fee_charged"], shown["successful"]) == (
        keypair("tim").public_key,
        "1000",
        True,
    )
    assert shown["inner_transaction"]["hash"] == stuck.hash().hex()
    assert (node.balance("ray"), node.balance("tim")) == ("999.0000000", "999.9999000")
    assert refusal(node.post(stuck)) == "txBAD_SEQ"


def test_a_fee_bump_is_held_to_its_own_rules_and_what_it_bumps_to_its_own(node):
    """CAP-15: who pays signs, for one operation more, no less than is offered already; refusals within are named so."""
    node.open("abe", "bea", "cyd")

    def bumped(inner, fee: int = 200, *signers: str):
        outer = TransactionBuilder.build_fee_bump_transaction(keypair("cyd"), 500, inner, PASSPHRASE)
        outer.transaction.fee = fee
        for name in signers or ("cyd",):
            outer.sign(keypair(name))
        return outer

    good = node.build("abe", pay("bea", "1"), fee=150)
    assert refusal(node.post(bumped(good, 299))) == "txINSUFFICIENT_FEE"
    assert refusal(node.post(bumped(good, 300, "abe"))) == "txBAD_AUTH"
    assert refusal(node.post(bumped(good, 300, "cyd", "abe"))) == "txBAD_AUTH_EXTRA"
    assert refusal(node.post(bumped(good, 2**62))) == "txINSUFFICIENT_BALANCE"
    ahead = node.build("abe", pay("bea", "1"), sequence=int(node.account("abe")["sequence"]) + 2)
    status, body = node.post(bumped(ahead))
    result = xdr.TransactionResult.from_xdr(body["error_result_xdr"]).result
    assert (status, result.code.name) == (400, "txFEE_BUMP_INNER_FAILED")
    pair = result.inner_result_pair
    assert pair is not None
    assert (pair.transaction_hash.hash, pair.result.result.code.name) == (ahead.hash(), "txBAD_SEQ")
    codes = node.post(bumped(ahead), "/transactions")[1]["extras"]["result_codes"]
    assert codes == {"transaction": "tx_fee_bump_inner_failed", "inner_transaction": "tx_bad_seq"}
    unsigned = node.build("abe", pay("bea", "1"), signers=("bea",))
    pair = xdr.TransactionResult.from_xdr(node.post(bumped(unsigned))[1]["error_result_xdr"]).result.inner_result_pair
    assert pair is not None
    assert pair.result.result.code.name == "txBAD_AUTH"
    free = node.build("abe", pay("bea", "1"), fee=0)
    assert refusal(node.post(free)) == "txINSUFFICIENT_FEE"  # nobody can take it out of its fee bump
    assert node.post(bumped(free))[1]["tx_status"] == "PENDING"
    node.mine()
    shown = node.get(f"/transactions/{free.hash().hex()}")[1]
    assert (shown["successful"], shown["fee_charged"], shown["source_account"]) == (
        True,
        "200",
        keypair("abe").public_key,
    )
    assert (node.balance("abe"), node.balance("cyd")) == ("999.0000000", "999.9999800")


def test_another_payment_of_the_same_number_takes_a_place_only_within_a_fee_bump(node):
    node.open("dov", "payee of none")
    node.control("fee", stroops=5_000)
    number = int(node.account("dov")["sequence"]) + 1
    node.post(node.build("dov", pay("payee of none", "1")))
    nothing = node.build("dov", BumpSequence(0), sequence=number, fee=0)
    outer = TransactionBuilder.build_fee_bump_transaction(keypair("dov"), 5_000, nothing, PASSPHRASE)
    outer.sign(keypair("dov"))
    assert (
        node.post(node.build("dov", BumpSequence(0), sequence=number, fee=5_000))[1]["tx_status"] == "TRY_AGAIN_LATER"
    )
    assert node.post(outer)[1]["tx_status"] == "PENDING"
    node.mine()
    assert (node.balance("payee of none"), node.account("dov")["sequence"]) == ("1000.0000000", str(number))


def test_whoever_pays_for_several_has_enough_for_all_that_wait(node):
    node.open("fay", "gil", amount="100")
    node.open("payer of two", amount="1.00004")

    def bumped(owner: str, fee: int):
        inner = node.build(owner, pay("payer of two", "1"), fee=0)
        outer = TransactionBuilder.build_fee_bump_transaction(keypair("payer of two"), fee, inner, PASSPHRASE)
        outer.sign(keypair("payer of two"))
        return outer

    assert node.post(bumped("fay", 100))[1]["tx_status"] == "PENDING"
    assert refusal(node.post(bumped("gil", 101))) == "txINSUFFICIENT_BALANCE"
    assert node.post(bumped("gil", 100))[1]["tx_status"] == "PENDING"


def test_one_waiting_transaction_of_each_account(node):
    node.open("una", "val")
    node.post(node.build("una", pay("val", "1")))
    status, body = node.post(node.build("una", pay("val", "2")))
    assert (status, body["tx_status"]) == (503, "TRY_AGAIN_LATER")


def test_what_else_is_refused(node):
    node.open("wes", "xia")
    assert refusal(node.post(node.build("wes", pay("xia", "1"), fee=99))) == "txINSUFFICIENT_FEE"
    assert refusal(node.post(node.build("wes", SetOptions(home_domain="x")))) == "txFAILED opNOT_SUPPORTED"
    assert refusal(node.post("nonsense")) == "txMALFORMED"
    status, body = node.post(node.build("wes", pay("xia", "1"), fee=99), "/transactions")
    assert (status, body["extras"]["result_codes"]) == (400, {"transaction": "tx_insufficient_fee"})
    status, body = node.post(node.build("wes", pay("xia", "1")), "/transactions")  # no ledger closes in time
    assert (status, body["title"]) == (504, "Timeout")


def test_levers_lag_lie_and_fail(node):
    node.open("yan")
    head = node.mine(3)
    node.control("lag", ledgers=2)
    assert node.get("/")[1]["history_latest_ledger"] == head - 2
    assert node.get(f"/ledgers/{head}")[0] == 404
    node.control("lag")
    node.control("lie", stale_head=True, wrong_balance="5")
    assert node.mine(2) == head + 2
    assert (node.get("/")[1]["history_latest_ledger"], node.balance("yan")) == (head, "1005.0000000")
    node.control("reset")
    node.control("fault", mode="error", path="fee_stats")
    assert [node.get("/fee_stats")[0] for _ in range(2)] == [503, 200]
    node.control("fault", mode="drop", path="accounts")
    with pytest.raises(OSError, match=r"closed|reset"):
        node.account("yan")
    assert node.balance("yan") == "1000.0000000"


def test_pages_go_on_from_their_cursor(node):
    node.open("zed", "amy")
    hashes = [ended(node, node.build("zed", pay("amy", f"{each}")))["hash"] for each in range(1, 6)]
    path, seen, cursor = f"/accounts/{keypair('amy').public_key}/payments?limit=2", [], ""
    while records := node.records(f"{path}&cursor={cursor}"):
        seen += [record["transaction_hash"] for record in records]
        cursor = records[-1]["paging_token"]
    assert seen[1:] == hashes
    newest = node.records(f"/accounts/{keypair('amy').public_key}/effects?order=desc&limit=1")
    assert [(each["type"], each["amount"]) for each in newest] == [("account_credited", "5.0000000")]


def test_nothing_that_closed_or_waited_is_lost_when_it_is_killed(tmp_path):
    with horizon(tmp_path) as node:
        node.open("bob", "cyn")
        first = node.build("bob", pay("cyn", "1"))
        ended(node, first)
        waiting = node.build("bob", pay("cyn", "2"))
        node.post(waiting)
        head = node.get("/")[1]["history_latest_ledger"]
        os.kill(node.process_id, signal.SIGKILL)
        assert os.waitid(os.P_PID, node.process_id, os.WEXITED | os.WNOWAIT) is not None
    with horizon(tmp_path) as node:
        assert node.get("/")[1]["history_latest_ledger"] == head
        assert node.get(f"/transactions/{first.hash().hex()}")[1]["successful"]
        node.mine()
        assert node.get(f"/transactions/{waiting.hash().hex()}")[1]["successful"]
        assert (node.balance("bob"), node.balance("cyn")) == ("996.9999800", "1003.0000000")
