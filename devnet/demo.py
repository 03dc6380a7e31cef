"""
The main job on a fresh instance, from outside: python -m devnet.demo.

Two people register; one is paid on every network, in its own coin and in dollars where it has them,
sends to addresses outside and transfers to the other; every balance, status and feed message is compared
with the exact value. The networks are gone through side by side.
"""

import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from devnet.client import Client, Feed, Json, Unexpected
from devnet.console import Console
from devnet.places import VAR, free_port
from devnet.run import guarded
from devnet.stack import (
    Instance,
    command_program,
    prepare,
    secret_key,
    start_networks,
    start_product,
    wait_for_product,
)
from devnet.supervisor import Supervisor

SECONDS = 90
ETHEREUM_BLOCK_SECONDS = 1
BITCOIN_BLOCK_SECONDS = 2
STELLAR_BLOCK_SECONDS = 1
BITCOIN_STRANGER = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
SOLANA_STRANGER = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"
EVM_STRANGER = "0x00000000000000000000000000000000000A11cE"


@dataclass(frozen=True)
class Job:
    """The main job on one network in one asset."""

    asset: str
    deposited: str
    sent: str
    given: str


SUI_STRANGER = "0x" + "5a" * 32
STELLAR_STRANGER = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN"
"""Who issues its dollar: an account that is there, and takes it."""

NETWORKS = {
    "bitcoin": (BITCOIN_STRANGER, [Job("BTC", "0.5", "0.015", "0.1")]),
    "ethereum": (EVM_STRANGER, [Job("ETH", "3", "1.25", "0.5"), Job("USDC.ETH", "1000", "120.5", "30")]),
    "polygon": (EVM_STRANGER, [Job("POL", "250", "80.25", "10"), Job("USDC.POL", "1000", "120.5", "30")]),
    "solana": (SOLANA_STRANGER, [Job("SOL", "5", "1.25", "0.5"), Job("USDC.SOL", "1000", "120.5", "30")]),
    "bsc": (EVM_STRANGER, [Job("BNB", "2", "0.75", "0.1"), Job("USDC.BNB", "1000", "120.5", "30")]),
    "sui": (SUI_STRANGER, [Job("SUI", "50", "12.5", "5"), Job("USDC.SUI", "1000", "120.5", "30")]),
    "stellar": (STELLAR_STRANGER, [Job("XLM", "500", "120.5", "30"), Job("USDC.XLM", "1000", "120.5", "30")]),
}
STATUSES = [
    "initiated",
    "balance_reserved",
    "provider_selected",
    "provider_processing",
    "blockchain_pending",
    "blockchain_confirmed",
    "balance_updated",
    "completed",
]


class Person:
    """Someone with an account, wallets and an open feed."""

    def __init__(self, url: str, name: str) -> None:
        self.client = Client(url)
        self.email = f"{name}.{secrets.token_hex(4)}@holdfast.example"
        self.password = secrets.token_urlsafe(15)
        self.wallets: dict[str, str] = {}
        credentials = {"email": self.email, "password": self.password}
        self.client.post("auth/register", credentials, status=201)
        self.client.access = self.client.post("auth/login", credentials).body["access"]
        self.feed = Feed(url, self.client.access)

    def open_wallet(self, network: str) -> None:
        body = self.client.post("wallets", {"network": network}, status=201).body
        self.wallets[network] = body["id"]

    def balance(self, network: str, asset: str) -> tuple[Decimal, Decimal, Decimal]:
        """Return available, held and pending."""
        rows = self.client.get(f"wallets/{self.wallets[network]}/balance")["balances"]
        row = next(each for each in rows if each["asset"] == asset)
        return Decimal(row["available"]), Decimal(row["held"]), Decimal(row["pending"])


class Demo:
    """The story; every step says what it did and when."""

    def __init__(self, url: str, say: Callable[[str], None]) -> None:
        self.url = url
        self.say = say

    def run(self) -> None:
        owner, friend = Person(self.url, "owner"), Person(self.url, "friend")
        self.say("two people registered, signed in, and opened their live feeds")
        with ThreadPoolExecutor(len(NETWORKS)) as pool:
            list(pool.map(lambda network: self._go_through(owner, friend, network), NETWORKS))
        for person in (owner, friend):
            _check_feed(self.url, person)
        self.say("both feeds are without gaps, and a second connection was given the same messages")

    def _go_through(self, owner: Person, friend: Person, network: str) -> None:
        owner.open_wallet(network)
        friend.open_wallet(network)
        stranger, jobs = NETWORKS[network]
        funded = {}
        for job in jobs:  # all at once: blocks take their time
            funded[job.asset] = _fund(owner, network, job)
        for job in jobs:
            self._await_deposit(owner, network, job, funded[job.asset])
        for job in jobs:
            self._send(owner, network, job, stranger)
            self._transfer(owner, friend, network, job)

    def _await_deposit(self, owner: Person, network: str, job: Job, txid: str) -> None:
        asset, amount = job.asset, job.deposited

        def is_deposit(type: str) -> Callable[[Json], bool]:
            return lambda message: message["type"] == type and message["data"]["network"]["txid"] == txid

        seen = owner.feed.wait_for(is_deposit("deposit.seen"), what="deposit.seen", seconds=SECONDS)
        expect(f"{asset} deposit seen", Decimal(seen["data"]["amount"]), Decimal(amount))
        self.say(f"{asset}: deposit of {amount} seen")
        owner.feed.wait_for(is_deposit("deposit.confirmed"), what="deposit.confirmed", seconds=SECONDS)
        expect(f"{asset} balance", owner.balance(network, asset), (Decimal(amount), Decimal(0), Decimal(0)))
        self.say(f"{asset}: deposit confirmed, available {amount}")

    def _send(self, owner: Person, network: str, job: Job, stranger: str) -> None:
        asset, amount = job.asset, job.sent
        order = {"type": "send", "wallet_id": owner.wallets[network], "asset": asset, "amount": amount}
        order |= {"to": stranger, "priority": "fast"}
        preview = owner.client.post("transactions/preview", order).body
        expect("preview's verdict", preview["policy"]["verdict"], "allow")
        coin = preview["fee"]["asset"]
        own_fee = Decimal(preview["fee"]["max"]) if coin == asset else Decimal(0)
        expect("preview's total", Decimal(preview["total"]), Decimal(amount) + own_fee)
        before = {each: owner.balance(network, each)[0] for each in (asset, coin)}
        expect("a preview moves nothing", before[asset], Decimal(job.deposited))
        key = secrets.token_hex(12)
        first = owner.client.post("transactions", order, status=201, key=key)
        again = owner.client.post("transactions", order, status=201, key=key)
        expect("the same key gives the same transaction", again.body["id"], first.body["id"])
        expect("and says so", again.headers.get("idempotent-replayed"), "true")
        other = {**order, "amount": str(Decimal(amount) + 1)}
        reused = owner.client.post("transactions", other, status=422, key=key)
        expect("the key for another order is refused", reused.body["code"], "idempotency_key_reused")
        self.say(
            f"{asset}: sending {amount}, fee at most {preview['fee']['max']} {coin}; the same key did not send twice"
        )

        identity = first.body["id"]
        owner.feed.wait_for(
            lambda message: (
                message["data"].get("id") == identity and message["data"]["status"] in {"completed", "failed"}
            ),
            what=f"end of {identity}",
            seconds=SECONDS,
        )
        shown = owner.client.get(f"transactions/{identity}")
        expect("status", (shown["status"], shown["progress"]), ("completed", 100))
        settled = {step["state"] for step in shown["steps"] if step["name"] != "final"}
        expect("steps until it is settled", settled, {"done"})
        expect("deep enough", shown["network"]["confirmations"] >= shown["network"]["required"], True)
        expect("statuses in the feed are in order", _is_in_order(_statuses(owner, identity)), True)
        fee = Decimal(shown["fee"]["amount"])
        expect("a fee was paid, within its limit", 0 < fee <= Decimal(shown["fee"]["max"]), True)
        before[asset] -= Decimal(amount)
        before[coin] -= fee
        for each, left in before.items():
            expect(f"{each} balance", owner.balance(network, each), (left, Decimal(0), Decimal(0)))
        self.say(f"{asset}: sent {amount} for a fee of {fee} {coin}; transaction {shown['network']['txid'][:18]}…")

    def _transfer(self, owner: Person, friend: Person, network: str, job: Job) -> None:
        asset, amount = job.asset, job.given
        before, _, _ = owner.balance(network, asset)
        order = {"type": "transfer", "wallet_id": owner.wallets[network], "asset": asset, "amount": amount}
        order |= {"to": friend.email}
        done = owner.client.post("transactions", order, status=201, key=secrets.token_hex(12)).body
        expect("a transfer is immediate", done["status"], "completed")
        expect(f"{asset} given", owner.balance(network, asset), (before - Decimal(amount), Decimal(0), Decimal(0)))
        expect(f"{asset} received", friend.balance(network, asset), (Decimal(amount), Decimal(0), Decimal(0)))
        friend.feed.wait_for(
            lambda message: message["data"].get("id") == done["id"], what="the friend's message", seconds=SECONDS
        )
        self.say(f"{asset}: transferred {amount} to {friend.email}, free and at once")


def _fund(owner: Person, network: str, job: Job) -> str:
    """Ask the faucet; on Stellar an asset cannot arrive before the company's trustline for it is in a ledger."""
    asked = {"wallet_id": owner.wallets[network], "asset": job.asset, "amount": job.deposited}
    for _ in range(SECONDS if network == "stellar" else 0):
        try:
            return str(owner.client.post("devnet/fund", asked, status=202).body["txid"])
        except Unexpected as refusal:
            if "op_no_trust" not in str(refusal):
                raise
            time.sleep(1)
    return str(owner.client.post("devnet/fund", asked, status=202).body["txid"])


def expect(what: str, found: object, wanted: object) -> None:
    """:raises Unexpected: unless both are equal"""
    if found != wanted:
        raise Unexpected(f"{what}: expected {wanted}, found {found}")


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="holdfast-demo-"))
    folder.chmod(0o711)
    instance = Instance(
        data=folder,
        key_file=folder / "keys" / "keys.json",
        ethereum_block_seconds=ETHEREUM_BLOCK_SECONDS,
        bitcoin_block_seconds=BITCOIN_BLOCK_SECONDS,
        stellar_block_seconds=STELLAR_BLOCK_SECONDS,
        extra={"SECRET_KEY": secret_key(folder)},
    )
    console = Console(VAR / "log" / "demo.log", is_quiet="-v" not in sys.argv[1:])
    failures: list[str] = []

    def work(supervisor: Supervisor) -> None:
        try:
            _work(supervisor, instance)
        except Unexpected as error:
            failures.append(str(error))

    try:
        code = guarded(console, work)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for failure in failures:
        console.say(f"\nNot as promised: {failure}\nWhat the processes said is in {VAR / 'log' / 'demo.log'}")
    return 1 if failures else code


def _work(supervisor: Supervisor, instance: Instance) -> None:
    variables = start_networks(supervisor, instance)
    prepare(supervisor, variables, instance)
    port = free_port()
    variables = {**variables, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    product = start_product(supervisor, variables, instance, port=port)
    wait_for_product(supervisor, product)
    Demo(product.url, supervisor.console.step).run()
    supervisor.check()
    supervisor.run(command_program("verify", ["verify_ledger"], variables))
    supervisor.console.step("the ledger verifies: every balance is the sum of its entries")
    supervisor.console.step("everything exactly as promised")


def _statuses(person: Person, identity: str) -> list[str]:
    mine = [message["data"]["status"] for message in person.feed.messages if message["data"].get("id") == identity]
    return [status for position, status in enumerate(mine) if position == 0 or mine[position - 1] != status]


def _is_in_order(statuses: list[str]) -> bool:
    places = [STATUSES.index(status) for status in statuses]
    return places == sorted(places) and statuses[-1] == "completed"


def _check_feed(url: str, person: Person) -> None:
    """Compare the feed's numbers with 1, 2, 3…, and what a connection that comes back is given with what it missed."""
    sequences = person.feed.sequences()
    expect("the feed's sequence", sequences, list(range(sequences[0], sequences[0] + len(sequences))))
    after = sequences[len(sequences) // 2 - 1] if len(sequences) > 1 else sequences[0] - 1
    missed = [message for message in person.feed.messages if message["sequence"] > after]
    second = Feed(url, person.client.access, resume_after=after)
    try:
        second.wait_for(lambda message: message["sequence"] == sequences[-1], what="what was missed", seconds=SECONDS)
        expect("what a second connection is given", second.messages[: len(missed)], missed)
    finally:
        second.close()
        person.feed.close()


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    sys.exit(main())
