"""
The main job on a fresh instance, from outside: python -m devnet.demo.

Two people register; one is paid on Bitcoin and on Ethereum, sends to addresses outside and
transfers to the other; every balance, status and feed message is compared with the exact value.
"""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable
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
STRANGERS = {
    "bitcoin": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    "ethereum": "0x00000000000000000000000000000000000A11cE",
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
        for network, asset, deposited, sent, given in (
            ("bitcoin", "BTC", "0.5", "0.015", "0.1"),
            ("ethereum", "ETH", "3", "1.25", "0.5"),
        ):
            owner.open_wallet(network)
            friend.open_wallet(network)
            self._deposit(owner, network, asset, deposited)
            left = Decimal(deposited) - self._send(owner, network, asset, sent, before=Decimal(deposited))
            self._transfer(owner, friend, network, asset, given, before=left)
        for person in (owner, friend):
            _check_feed(self.url, person)
        self.say("both feeds are without gaps, and a second connection was given the same messages")

    def _deposit(self, owner: Person, network: str, asset: str, amount: str) -> None:
        funded = owner.client.post("devnet/fund", {"wallet_id": owner.wallets[network], "amount": amount}, status=202)
        txid = funded.body["txid"]

        def is_deposit(type: str) -> Callable[[Json], bool]:
            return lambda message: message["type"] == type and message["data"]["network"]["txid"] == txid

        seen = owner.feed.wait_for(is_deposit("deposit.seen"), what="deposit.seen", seconds=SECONDS)
        expect(f"{asset} deposit seen", Decimal(seen["data"]["amount"]), Decimal(amount))
        self.say(f"{asset}: deposit of {amount} seen")
        owner.feed.wait_for(is_deposit("deposit.confirmed"), what="deposit.confirmed", seconds=SECONDS)
        expect(f"{asset} balance", owner.balance(network, asset), (Decimal(amount), Decimal(0), Decimal(0)))
        self.say(f"{asset}: deposit confirmed, available {amount}")

    def _send(self, owner: Person, network: str, asset: str, amount: str, *, before: Decimal) -> Decimal:
        """Return what the send took from the balance: amount and real fee."""
        order = {"type": "send", "wallet_id": owner.wallets[network], "asset": asset, "amount": amount}
        order |= {"to": STRANGERS[network], "priority": "fast"}
        preview = owner.client.post("transactions/preview", order).body
        expect("preview's verdict", preview["policy"]["verdict"], "allow")
        expect("preview's total", Decimal(preview["total"]), Decimal(amount) + Decimal(preview["fee"]["max"]))
        expect("a preview moves nothing", owner.balance(network, asset), (before, Decimal(0), Decimal(0)))
        key = secrets.token_hex(12)
        first = owner.client.post("transactions", order, status=201, key=key)
        again = owner.client.post("transactions", order, status=201, key=key)
        expect("the same key gives the same transaction", again.body["id"], first.body["id"])
        expect("and says so", again.headers.get("idempotent-replayed"), "true")
        other = {**order, "amount": str(Decimal(amount) + 1)}
        reused = owner.client.post("transactions", other, status=422, key=key)
        expect("the key for another order is refused", reused.body["code"], "idempotency_key_reused")
        self.say(f"{asset}: sending {amount}, fee at most {preview['fee']['max']}; the same key did not send twice")

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
        expect(
            f"{asset} balance", owner.balance(network, asset), (before - Decimal(amount) - fee, Decimal(0), Decimal(0))
        )
        self.say(f"{asset}: sent {amount} for a fee of {fee}; transaction {shown['network']['txid'][:18]}…")
        return Decimal(amount) + fee

    def _transfer(
        self, owner: Person, friend: Person, network: str, asset: str, amount: str, *, before: Decimal
    ) -> None:
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
