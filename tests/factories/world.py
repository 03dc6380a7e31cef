"""The product's own flows on the local networks, with the workers' rounds run by the test."""

import itertools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from embit import ec, script
from embit.networks import NETWORKS as BITCOIN_CHAINS
from eth_utils.address import to_checksum_address
from solders.keypair import Keypair
from stellar_sdk import Keypair as StellarKeypair

import assets.queries
import chains.queries
import custody.queries
from accounts.models import User
from assets.queries import get_asset, list_networks, native_asset
from chains.base import ChainAdapter
from chains.values import Payment, Priority
from devnet import faucet, jsonrpc
from devnet.ethereum import Anvil
from devnet.sui.client import SuiNode
from kit.money import parse_amount
from tests.factories.accounts import make_user
from tests.factories.custody import make_vaults
from tests.laws.whole import check_laws
from transactions.engine import run as engine
from transactions.flows import bump, deposit, opening, overflow, refill, restored, sweep
from transactions.flows.order import Order, prepare
from transactions.models import Transaction
from transactions.queries.totals import Balance, balances
from transactions.services import schedule
from wallets import services as wallet_services
from wallets.models import Wallet
from wallets.queries import deposit_address, get_wallet

ASKED_FOR = ("polygon", "bsc", "solana", "stellar", "sui")
"""Networks that are in a world only if it is told so: more of them take more time."""

LEVERS = {
    "bitcoin": ("devnet_reset", "devnet_forget"),
    "evm": ("anvil_dropAllTransactions",),
    "solana": ("devnet_reset", "devnet_forget"),
}
"""What empties a node that tests share, by adapter."""

KEY_POOL = 5
"""Keys made ahead where only the signer can make them."""

STRANGERS = {
    "bitcoin": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    **dict.fromkeys(("ethereum", "polygon", "bsc"), "0x00000000000000000000000000000000DeaDBeef"),
    "solana": "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM",
}
"""Somebody else's address on each network."""


class World:
    """Time passes only when `turn` or `pass_time` says so."""

    def __init__(self, settings: Any, folder: Path, networks: Sequence[str]) -> None:
        make_vaults(settings, folder)
        self.settings = settings
        self.networks = networks
        self.now: datetime = timezone.now()
        self._orders = itertools.count(1)
        for network in networks:
            deposit.begin(network=network, now=self.now)

    # people
    def person(self, *networks: str) -> User:
        """Return a new person with a wallet on each of these networks."""
        user = make_user(now=self.now)
        for network in networks:
            wallet_services.create_wallet(user_id=user.pk, network=network, now=self.now)
        return user

    def wallet(self, user: User, network: str) -> Wallet:
        first = Wallet.objects.filter(user=user, network_id=network).order_by("id").first()
        assert first is not None
        return get_wallet(user_id=user.pk, wallet_id=first.pk)

    def balance(self, user: User, network: str, asset: str = "") -> Balance:
        wanted = asset or native_asset(network).code
        return next(each for each in balances([self.wallet(user, network)]) if each.asset == wanted)

    def rich(self, network: str, amount: str) -> User:
        """Return a new person whose deposit of this amount is final, and swept where that is done."""
        user = self.person(network)
        self.fund(user, network, amount)
        for _ in range(3):
            self.finalize(network)
        assert self.balance(user, network).available == self.minor(amount, native_asset(network).code)
        return user

    # networks
    def fund(self, user: User, network: str, amount: str, asset: str = "") -> str:
        """Let a stranger pay this person; return the network's transaction id."""
        return self._pay(network, deposit_address(self.wallet(user, network)), amount, asset)

    def fund_hot_wallet(self, network: str, amount: str, asset: str = "") -> None:
        """Give the hot wallet coins of the company's own, final."""
        self._pay(network, custody.queries.hot_address(network=network), amount, asset)
        self.finalize(network)

    def _pay(self, network: str, address: str, amount: str, asset: str) -> str:
        found = get_asset(asset) if asset else native_asset(network)
        minor = parse_amount(amount, scale=found.scale)
        return faucet.fund(network=network, address=address, minor=minor, asset=found.code)

    def finalize(self, network: str) -> None:
        """Put enough blocks on top of everything that no reorg reaches it, and take them in."""
        self.mine(network, self.settings.NETWORKS[network].final_depth + 1)
        self.work(network)
        self.work(network)

    def mine(self, network: str, blocks: int = 1) -> int:
        return faucet.mine(network=network, blocks=blocks)

    def node(self, network: str, method: str, *params: Any) -> Any:
        """Call the network's node past the product, as anyone outside may, or pull one of its levers."""
        if network == "sui":
            return SuiNode(self.settings.NETWORKS[network].rpc_urls[0]).control(method, *params)
        return jsonrpc.call(self.settings.NETWORKS[network].rpc_urls[0], method, *params)

    def reorg(self, network: str, depth: int, *, keep: bool = True) -> None:
        """Replace the last blocks by as many empty ones and one more; what was in them waits again, or is gone."""
        if network == "bitcoin":
            self.node(network, "devnet_reorg", depth, keep)
        else:
            Anvil(self.settings.NETWORKS[network].rpc_urls[0]).reorg(depth, keep_transactions=keep)

    def stranger(self, network: str) -> str:
        """Return a fresh address that nobody here has a key of."""
        if network == "bitcoin":
            return str(script.p2wpkh(ec.PrivateKey(os.urandom(32))).address(BITCOIN_CHAINS["regtest"]))
        if network == "solana":
            return str(Keypair().pubkey())
        if network == "stellar":
            return str(StellarKeypair.random().public_key)
        if network == "sui":
            return "0x" + os.urandom(32).hex()
        return str(to_checksum_address(os.urandom(20)))

    def chain_balance(self, network: str, address: str, asset: str = "") -> int:
        contract = get_asset(asset).contract if asset else ""
        return chains.queries.get_adapter(network).balance(address, contract)

    def adapter(self, network: str) -> ChainAdapter:
        return chains.queries.get_adapter(network)

    def payment(self, network: str, *, to: str, minor: int) -> Payment:
        """A payment from the hot wallet as custody might be handed it, past the flows."""
        rate = next(each for each in self.adapter(network).fee_rates() if each.priority is Priority.NORMAL)
        return Payment(to, minor, "", rate, sender=custody.queries.hot_address(network=network))

    # orders
    def send(self, user: User, network: str, amount: str, to: str = "", **more: Any) -> Transaction:
        """Ask for a send, of the native asset unless `asset` names another; held, not signed."""
        return self._order(user, network, amount, "send", to or STRANGERS[network], **more)

    def transfer(self, user: User, network: str, amount: str, to: str, **more: Any) -> Transaction:
        return self._order(user, network, amount, "transfer", to, **more)

    def _order(
        self, user: User, network: str, amount: str, type: str, to: str, asset: str = "", **more: Any
    ) -> Transaction:
        code = asset or native_asset(network).code
        order = Order(type, self.wallet(user, network).pk, code, amount, to, **more)
        ready = prepare(order, user_id=user.pk, now=self.now)
        return ready.carry_out(f"story:{user.pk}:{next(self._orders)}", self.now)

    # workers
    def pass_time(self, **more: float) -> None:
        self.now += timedelta(**more)

    def scan(self, network: str) -> None:
        """Take in every new block of a network, as the scanner's task does."""
        while deposit.scan(network=network, now=self.now):
            deposit.progress(network=network, now=self.now)
        deposit.scan(network=network, now=self.now)  # after a rollback there is more to read
        deposit.progress(network=network, now=self.now)
        deposit.see_pending(network=network, now=self.now)
        restored.book_rest(network=network, now=self.now)
        sweep.find(network=network, now=self.now)
        opening.find(network=network, now=self.now)
        overflow.find(network=network, now=self.now)
        refill.find(network=network, now=self.now)
        bump.find(network=network, now=self.now)

    def turn(self, rounds: int = 2) -> None:
        """Let scanners and workers do all they can do now, `rounds` times over."""
        for _ in range(rounds):
            for network in self.networks:
                self.scan(network)
            self.pump()
            self.pass_time(seconds=5)

    def work(self, network: str) -> None:
        """Let the scanner and the workers do all they can do now on one network."""
        self.scan(network)
        self.pump()
        self.pass_time(seconds=5)

    def pump(self) -> None:
        for _ in range(200):
            found = schedule.claim(now=self.now)
            if found is None:
                return
            engine.advance(found, now=self.now)
        raise AssertionError("the pump does not come to rest")

    def finish(self, transaction: Transaction, *, turns: int = 20) -> Transaction:
        """Mine and work until the transaction is over, or fail."""
        for _ in range(turns):
            transaction.refresh_from_db()
            if transaction.status in {"completed", "failed"}:
                return transaction
            self.turn(1)
            self.mine(transaction.network_id)
        raise AssertionError(f"{transaction} is still {transaction.status} {transaction.sub_status}")

    def minor(self, amount: str, asset: str) -> int:
        return parse_amount(amount, scale=get_asset(asset).scale)


@contextmanager
def living_world(settings: Any, folder: Path, networks: Sequence[str] = ()) -> Iterator[World]:
    """
    Everything of the product but its processes, on the local networks; the laws are checked at the end.

    Worlds share the networks one after another: each starts where the last one left the chain,
    with every lever off and nothing waiting.
    """
    if not os.environ.get("ETHEREUM_RPC_URLS"):
        pytest.skip("the local networks are not running: use make test")
    assets.queries.forget()
    networks = networks or [each.code for each in list_networks() if each.code not in ASKED_FOR]
    settings.NETWORKS = {  # nobody asks a node that this world is not on
        code: replace(config, key_pool=KEY_POOL) if code in networks else replace(config, rpc_urls=())
        for code, config in settings.NETWORKS.items()
    }
    assets.queries.forget()
    chains.queries.forget()
    _clear_networks(settings, networks)
    try:
        yield World(settings, folder, networks)
        check_laws()
    finally:
        _clear_networks(settings, networks)
        chains.queries.forget()


def _clear_networks(settings: Any, networks: Sequence[str]) -> None:
    for network in networks:
        config = settings.NETWORKS[network]
        for lever in LEVERS.get(config.adapter, ()):
            jsonrpc.call(config.rpc_urls[0], lever)
        faucet.mine(network=network, blocks=1)
