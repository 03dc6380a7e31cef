"""
The trees of the proof of solvency, on a PostgreSQL of their own with fsync on.

python -m benchmarks.solvency [--people 1000000] [--changed 10000] [--proofs 2000] [--no-check]: prints how long a full
tree over so many balances takes from reading the ledger to the last commit, how long it takes to renew it where so many
changed, and what a person's own proof takes; beside the tree as a textbook has it: in memory, recursive, plain hashlib.
Every proof is checked with the script that people use. Exits non-zero if one is slower than what the project promises.
"""

import argparse
import hashlib
import os
import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

import psycopg

from benchmarks.private_postgres import PrivatePostgres

if TYPE_CHECKING:
    from solvency.models import Root

FULL_SECONDS = 60
PROOF_MILLISECONDS = 10
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CLONE = """
INSERT INTO {table} SELECT (jsonb_populate_record(one.copied, {values})).*
FROM (SELECT t AS copied FROM {table} t LIMIT 1) one, generate_series(1, %s) n
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--changed", type=int, default=10_000)
    parser.add_argument("--proofs", type=int, default=2_000)
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
        print(f"TOO SLOW: {failure}")
    sys.exit(1 if failures and not options.no_check else 0)


def run(options: argparse.Namespace) -> list[str]:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", database="default", verbosity=0)
    timed(f"{options.people:,} people with balances made", lambda: fill(options.people))
    full_seconds, _ = timed("full tree", lambda: snapshot(1))
    print(f"  {options.people / full_seconds:,.0f} balances a second; peak memory {peak_megabytes():,.0f} MB")
    timed(f"{options.changed:,} balances changed", lambda: change(options.changed))
    timed("tree renewed where they changed", lambda: snapshot(2))
    timed("tree renewed where nothing changed", lambda: snapshot(3))
    print(f"  tables of trees: {size('solvency_page')} pages, {size('solvency_leaf')} leaves")
    middle = proofs(options.proofs)
    peer()
    failures = []
    if full_seconds >= FULL_SECONDS:
        failures.append(f"the full tree took {full_seconds:.1f} s, not under {FULL_SECONDS} s")
    if middle >= PROOF_MILLISECONDS:
        failures.append(f"half of the proofs took {middle:.2f} ms or more, not under {PROOF_MILLISECONDS} ms")
    return failures


def timed(what: str, work: Callable[[], Any]) -> tuple[float, Any]:
    """Print how long it took, and how long this process and its server were busy with it: the rest is waiting."""
    started, own, server = time.perf_counter(), time.process_time(), server_seconds()
    made = work()
    seconds = time.perf_counter() - started
    own, server = time.process_time() - own, server_seconds() - server
    print(f"{what}: {seconds:.2f} s; busy {own:.2f} s here and {server:.2f} s in PostgreSQL", flush=True)
    return seconds, made


def server_seconds() -> float:
    """Return the processor time that this connection's process of the server has taken so far."""
    from django.db import connection

    connection.ensure_connection()
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(people: int) -> None:
    """Copy one person with a wallet so many times, past triggers that would want a posting for each balance."""
    from django.db import connection, transaction

    from accounts.models import User
    from ledger.services import Purpose, open_account
    from wallets.models import Wallet

    with transaction.atomic(), connection.cursor() as cursor:
        first = User.objects.create(id="usr_" + "0" * 26, email="0@people.example", created_at=NOW)
        wallet = Wallet.objects.create(id="wal_" + "0" * 26, user=first, network_id="bitcoin", created_at=NOW)
        open_account(code=f"wallet:{wallet.pk}:available", asset="BTC", purpose=Purpose.USER_AVAILABLE, now=NOW)
        cursor.execute("SET LOCAL session_replication_role = replica")
        identity = "lpad(n::text, 26, '0')"
        user = f"jsonb_build_object('id', 'usr_' || {identity}, 'email', n || '@people.example')"
        cursor.execute(CLONE.format(table="accounts_user", values=user), [people - 1])
        own = f"jsonb_build_object('id', 'wal_' || {identity}, 'user_id', 'usr_' || {identity})"
        cursor.execute(CLONE.format(table="wallets_wallet", values=own), [people - 1])
        for name, start in (("available", 10), ("held", 10 + people)):
            values = (
                f"jsonb_build_object('id', n + {start}, 'code', 'wallet:wal_' || {identity} || ':{name}',"
                f" 'purpose', 'user_{name}', 'balance', (random() * 1e9)::bigint)"
            )
            cursor.execute(CLONE.format(table="ledger_account", values=values), [people - 1])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def change(count: int) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE ledger_account SET balance = balance + 1 WHERE id IN"
            " (SELECT id FROM ledger_account WHERE purpose = 'user_available' ORDER BY random() LIMIT %s)",
            [count],
        )


def snapshot(number: int) -> "Root":
    """Take a snapshot's tree as the product does, and mark it published so that proofs may be asked of it."""
    from solvency.models import Snapshot
    from solvency.queries import owed
    from solvency.services import trees

    taken = Snapshot.objects.create(number=number, taken_at=NOW, updated_at=NOW)
    with owed.at_one_moment():
        draft = trees.draft("BTC", total=owed.totals()["BTC"], anew=False, now=NOW)
    root = trees.write(draft, taken)
    print(f"  {root.renewed:,} leaves and {len(draft.pages):,} pages written, {root.tree.levels} levels")
    Snapshot.objects.filter(pk=number).update(status="published", roots="{}", reserves="{}", digest="0" * 64)
    return root


def proofs(count: int) -> float:
    """Make people's proofs, check each with the script, print what they took, and return the median in ms."""
    from solvency.check_inclusion import FORMAT, check
    from solvency.models import Leaf, Root
    from solvency.queries.proofs import proof

    root = Root.objects.select_related("tree").latest("snapshot_id")
    published = {
        "levels": root.tree.levels,
        "root": bytes(root.root).hex(),
        "liabilities": str(root.liabilities_minor),
    }
    roots = {"format": FORMAT, "snapshot": root.snapshot_id, "assets": {"BTC": published}}
    people = random.sample(list(Leaf.objects.filter(tree=root.tree).values_list("person", flat=True)), count)
    took, busy, checked = [], [], []
    for person in people:
        started, worked = time.perf_counter(), time.process_time()
        own = proof(user_id=person, snapshot=root.snapshot_id, asset="BTC")
        made = time.perf_counter()
        busy.append((time.process_time() - worked) * 1_000)
        assert check(own, roots, person=person).startswith("YES")
        took.append((made - started) * 1_000)
        checked.append((time.perf_counter() - made) * 1_000)
    p95 = quantiles(took, n=100)[94]
    print(f"a proof: median {median(took):.2f} ms, p95 {p95:.2f} ms, slowest {max(took):.2f} ms ({count:,} made)")
    print(f"  of it {median(busy):.2f} ms this process's own time; the rest it waited. Load: {os.getloadavg()[0]:.1f}")
    print(f"checking one: median {median(checked):.3f} ms")
    return median(took)


def peer() -> None:
    """The tree as a textbook has it, over the same balances: in memory, recursive, salted, rebuilt each time."""
    from solvency.queries import owed

    with owed.at_one_moment():
        people = owed.everybody("BTC")

    def grow(entries: list[tuple[bytes, int]]) -> tuple[bytes, int]:
        if len(entries) == 1:
            return entries[0]
        half = len(entries) // 2
        (left, less), (right, more) = grow(entries[:half]), grow(entries[half:])
        sums = less.to_bytes(32, "big") + more.to_bytes(32, "big")
        return hashlib.sha256(left + right + sums).digest(), less + more

    def build() -> tuple[bytes, int]:
        leaves = [
            (hashlib.sha256(os.urandom(32) + person.encode() + minor.to_bytes(32, "big")).digest(), minor)
            for person, minor in people
        ]
        return grow(leaves)

    timed(f"peer, recursive hashlib in memory, {len(people):,} balances already read, nothing kept", build)


def size(table: str) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_total_relation_size(%s::regclass))", [table])
        return str(cursor.fetchone()[0])


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
