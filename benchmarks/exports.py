"""
The memory and the time of a large CSV export: one person's transactions, written by the worker's own job.

python -m benchmarks.exports [--rows 1000000] [--url postgres://…]: writes a tenth of them and then all, each in a
process of its own, on a PostgreSQL of the benchmark's own; prints rows, seconds and the most memory that the process
ever held, and exits non-zero if all of them took more than MOST_GROWTH_MIB beyond what the tenth took.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.history import environment, prepare
from benchmarks.history_rows import HEAVY
from benchmarks.private_postgres import PrivatePostgres
from devnet.places import ROOT

MOST_GROWTH_MIB = 20
SHARE = 2
"""Of what is written, the heavy person has one in so many."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--url", default="", help="A core database that is filled already.")
    parser.add_argument(
        "--years", type=float, default=0, help="Only for the benchmark itself: how much of it to write."
    )
    options = parser.parse_args()
    if options.years:
        _write(options.years)
        return
    postgres = None if options.url else PrivatePostgres()
    try:
        url = options.url or prepare(postgres, options.rows * SHARE)
        tenth, whole = (_measured(url, years) for years in (0.5, 5))
    finally:
        if postgres:
            postgres.stop()
    if whole - tenth > MOST_GROWTH_MIB:
        sys.exit(f"Not as promised: memory grows with the rows, by {whole - tenth} MiB.")


def _measured(url: str, years: float) -> int:
    """Write so much of it in a process of its own; return the most it held, in MiB."""
    command = [sys.executable, "-m", "benchmarks.exports", "--years", str(years)]
    with tempfile.TemporaryDirectory() as folder:
        extra = {**environment(url), "EXPORTS_FOLDER": folder, "EXPORT_MOST_ROWS": "1000000000"}
        done = subprocess.run(command, cwd=ROOT, env=os.environ | extra, check=True, stdout=subprocess.PIPE, text=True)
    print(done.stdout.strip(), flush=True)
    return int(done.stdout.split()[-2])


def _write(years: float) -> None:
    """Ask for the file and write it, as web and worker do; say what it took."""
    import django  # it reads the environment

    django.setup()
    from transactions.queries.listing import Narrowing
    from transactions.services import exports
    from wallet_project.celery import app

    app.conf.update(broker_url="memory://")  # its bells are heard by nobody
    until = datetime(2021, 1, 1, tzinfo=UTC).replace(year=2026) if years >= 5 else datetime(2021, 7, 1, tzinfo=UTC)
    asked = exports.request(user_id=HEAVY, form="csv", wanted=Narrowing(until=until), now=datetime.now(UTC))
    began = time.monotonic()
    exports.write_next(clock=lambda: datetime.now(UTC))
    seconds = time.monotonic() - began
    asked.refresh_from_db()
    assert asked.status == "ready", (asked.failure_code, asked.failure_reason)
    size = Path(os.environ["EXPORTS_FOLDER"], f"{asked.pk}.csv").stat().st_size / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    speed = asked.rows_done / seconds
    print(f"{asked.rows_done:,} rows, {size:.0f} MiB, in {seconds:.0f} s ({speed:,.0f} a second), at most {peak} MiB")


if __name__ == "__main__":
    main()
