"""
Finding our addresses in large blocks, on a PostgreSQL of its own with 1,000,000 addresses on each of two networks.

python -m benchmarks.scanner [--addresses 1000000] [--rounds 5] [--no-check]: prints how long a Bitcoin block of 5,000
transactions and an Ethereum block with 2,000 token transfers take to decode, and to decode and match against all our
addresses, coins and sends; beside matching by SQL alone (every address of the block in an IN list). Then what the
sieve in memory takes, and what a look costs at 1,000, 100,000 and 1,000,000 addresses. Times are of the processor, this
process and its server together: others on the machine do not count. Exits non-zero if one is more than is promised.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.private_postgres import PrivatePostgres

MOST_RATIO = 1.5
MOST_MEGABYTES = 200
TRANSACTIONS, LOGS = 5_000, 2_000
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FILL = """
INSERT INTO wallets_address (wallet_id, network_id, address, key_id, created_at, made_by)
SELECT %(wallet)s, %(network)s, {address}, %(network)s || n, now(), 1 FROM generate_series(1, %(count)s) n
"""
MADE_UP = {
    "bitcoin": "'bcrt1q' || left(md5(n::text) || md5('x' || n), 38)",
    "ethereum": "'0x' || left(md5(n::text) || md5('x' || n), 40)",
}
OURS = {
    "bitcoin": ["bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"],
    "ethereum": ["0x00000000000000000000000000000000DeaDBeef"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addresses", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-check", action="store_true", help="Print the figures, whatever they are.")
    options = parser.parse_args()
    server = PrivatePostgres()
    try:
        with psycopg.connect(server.url("postgres"), autocommit=True) as core:
            core.execute("CREATE DATABASE holdfast_core")
        os.environ["CORE_DATABASE_URL"] = server.url("holdfast_core")
        os.environ["DJANGO_SETTINGS_MODULE"] = "wallet_project.settings.dev"
        failures = run(options)
    finally:
        server.stop()
    for failure in failures:
        print(f"TOO MUCH: {failure}")
    sys.exit(1 if failures and not options.no_check else 0)


def run(options: argparse.Namespace) -> list[str]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", database="default", verbosity=0)
    for network in ("bitcoin", "ethereum"):
        fill(network, options.addresses)
    failures = [*memory("bitcoin", options.addresses), *memory("ethereum", options.addresses)]
    for network in ("bitcoin", "ethereum"):
        failures += measure_block(network, options.rounds)
    lookups(options.addresses)
    return failures


def fill(network: str, count: int) -> None:
    """Give one wallet so many made-up addresses, and one that is paid in the block."""
    from django.db import connection

    from accounts.models import User
    from wallets.models import Address, Wallet

    mark = f"{len(network):026}"
    user = User.objects.create(id=f"usr_{mark}", email=f"{network}@people.example", created_at=NOW)
    wallet = Wallet.objects.create(id=f"wal_{mark}", user=user, network_id=network, created_at=NOW)
    with connection.cursor() as cursor:
        told: dict[str, Any] = {"wallet": wallet.pk, "network": network, "count": count - 1}
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        cursor.execute(FILL.format(address=MADE_UP[network]), told)
        cursor.execute("RESET session_replication_role; RESET synchronous_commit")
        cursor.execute("ANALYZE wallets_address")
    for address in OURS[network]:
        Address.objects.create(wallet=wallet, network_id=network, address=address, key_id=network, created_at=NOW)


def memory(network: str, count: int) -> list[str]:
    """Build the sieve of a network, and say what it took."""
    from transactions.queries import watched

    before, started = resident_megabytes(), time.perf_counter()
    watched.prepare(network)
    seconds, taken = time.perf_counter() - started, resident_megabytes() - before
    peak = peak_megabytes() - before
    print(
        f"{network}: {count:,} addresses read in {seconds:.1f} s; {taken:.0f} MB more in memory, {peak:.0f} at its peak"
    )
    return [f"{network}'s sieve took {peak:.0f} MB"] if peak >= MOST_MEGABYTES else []


def measure_block(network: str, rounds: int) -> list[str]:
    """Print what a block of a network takes to decode, and to match by sieve and by SQL; check that it finds ours."""
    from benchmarks import scanner_blocks as blocks
    from transactions.queries import watched

    own = OURS[network]
    if network == "bitcoin":
        told, strangers = blocks.bitcoin(TRANSACTIONS, own), blocks.bitcoin(TRANSACTIONS, [])
        what = f"Bitcoin block of {TRANSACTIONS:,} transactions"
    else:
        told, strangers = (blocks.ethereum(LOGS, ours, chain=31337) for ours in (own, []))
        what = f"Ethereum block of {LOGS:,} token transfers"
    block = with_node(network, told, lambda: read(network))
    found = watched.owners_among(network=network, addresses={each.address for each in block.movements})
    assert list(found) == own, f"not exactly ours were found: {list(found)}"
    looks: dict[str, Callable[[], Any]] = {
        "decoded": lambda: decode(network),
        "read": lambda: read(network),
        "read and matched": lambda: see(network),
        "read and matched by SQL alone": lambda: naive(network),
    }
    took = with_node(network, strangers, lambda: {name: busy(look, rounds) for name, look in looks.items()})
    print(f"{what}, {len(block.movements):,} movements, {rounds} rounds:")
    for name, milliseconds in took.items():
        print(f"  {name}: {milliseconds:,.0f} ms, {milliseconds / took['decoded']:.2f} times decoding")
    ratio = took["read and matched"] / took["decoded"]
    return [f"matching a {what} took {ratio:.2f} times its decoding"] if ratio > MOST_RATIO else []


def with_node(network: str, answers: dict[str, Any], work: Callable[[], Any]) -> Any:
    """Do this while a node tells this block and nothing else."""
    from django.conf import settings

    import chains.queries
    from benchmarks.scanner_blocks import CannedNode

    node = CannedNode(answers)
    try:
        chain = {"bitcoin": "regtest", "ethereum": "31337"}[network]
        config = replace(settings.NETWORKS[network], rpc_urls=(node.url,), chain=chain, timeout_seconds=60)
        settings.NETWORKS = {**settings.NETWORKS, network: config}
        chains.queries.forget()
        return work()
    finally:
        node.stop()


def decode(network: str) -> Any:
    """Have the network's library take the node's answers apart, and prove that they are the block."""
    import chains.queries
    from benchmarks.scanner_blocks import HEIGHT
    from chains.adapters.bitcoin_node import proved

    node: Any = chains.queries.get_adapter(network)
    node = node._node
    if network == "bitcoin":
        block_hash = node.endpoints.call("getblockhash", [HEIGHT])
        return proved(bytes.fromhex(node.endpoints.call("getblock", [block_hash, 0])), block_hash)
    block = node._web3.eth.get_block(HEIGHT, full_transactions=True)
    return block, node._web3.eth.get_block_receipts(block["hash"].to_0x_hex())


def read(network: str) -> Any:
    """Read the block as the scanner does: every movement, every coin spent."""
    import chains.queries
    from benchmarks.scanner_blocks import HEIGHT, TOKEN

    contracts = frozenset([TOKEN]) if network == "ethereum" else frozenset()
    return chains.queries.get_adapter(network).block(HEIGHT, contracts)


def see(network: str) -> None:
    """Read the block and take it in, in one database transaction."""
    from django.db import transaction

    from transactions.flows import deposit

    block = read(network)
    with transaction.atomic():
        deposit.see_block(network=network, block=block, now=NOW)


def naive(network: str) -> None:
    """Read the block, and ask the database for each of its addresses."""
    import wallets.queries

    block = read(network)
    wallets.queries.owners_of(network=network, addresses={each.address for each in block.movements})


def lookups(most: int) -> None:
    """Print what one look costs in memory and in SQL, at three numbers of addresses."""
    from kit.sieve import Sieve

    strangers = [f"0x{number:040x}" for number in range(10**6, 10**6 + 10_000)]
    for count in (1_000, 100_000, most):
        sieve = Sieve(expected=count)
        sieve.add(f"0x{number:040x}" for number in range(10**8, 10**8 + count))
        fresh = ["".join(each) for each in strangers]
        milliseconds = busy(partial(sieve.passing, fresh), 5)
        passed = len(sieve.passing(strangers))
        print(f"one look among {count:,}: {milliseconds / 10:.2f} µs; {passed} of 10,000 strangers pass")


def busy(work: Callable[[], Any], rounds: int) -> float:
    """Return the fewest milliseconds of the processor that this process and its server took: more is others' doing."""
    took = []
    for _ in range(rounds + 1):
        started = time.process_time() + server_seconds()
        work()
        took.append((time.process_time() + server_seconds() - started) * 1_000)
    return min(took[1:])


def server_seconds() -> float:
    """Return the processor time that this connection's process of the server has taken so far."""
    from django.db import connection

    connection.ensure_connection()
    told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return int(told.split()[0]) / 1e9


def resident_megabytes() -> float:
    return _status("VmRSS")


def peak_megabytes() -> float:
    return _status("VmHWM")


def _status(name: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1_024


if __name__ == "__main__":
    main()
