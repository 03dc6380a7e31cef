"""One process of the ledger benchmark: posts as fast as it can and prints what it managed, as JSON."""

import argparse
import json
import os
import random
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import django

Step = Callable[[], int]
"""Posts once (or one batch) and returns how many postings that were."""


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=sorted(CONTENDERS))
    arguments.add_argument("--accounts", type=int)
    arguments.add_argument("--start", type=float)
    arguments.add_argument("--seconds", type=float)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--size", type=int, default=1)
    arguments.add_argument("--hot", action="store_true")
    arguments.add_argument("--acknowledged", default="", help="write the key of each posting that came back here")
    options = arguments.parse_args()
    peers = options.what.startswith(("hordak", "orm"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers_settings" if peers else "benchmarks.ledger_settings"
    django.setup()
    latencies: list[list[float]] = []
    counts: list[int] = []
    threads = [threading.Thread(target=_work, args=(options, counts, latencies)) for _ in range(options.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    each = [latency for times in latencies for latency in times]
    samples = sorted(random.sample(each, min(len(each), 20_000)))
    print(json.dumps({"count": sum(counts), "latencies": samples}))


def _work(options: argparse.Namespace, counts: list[int], latencies: list[list[float]]) -> None:
    from django.db import OperationalError, connection

    step: Step = CONTENDERS[options.what](options)
    done, times = 0, []
    try:
        if options.what != "grouped":  # whose callers need no connection
            connection.ensure_connection()
        time.sleep(max(0.0, options.start - time.time()))
        end = max(options.start, time.time()) + options.seconds
        while (begin := time.time()) < end:
            done += step()
            times.append(time.time() - begin)
    except OperationalError:
        if not options.acknowledged:  # the server was killed on purpose, otherwise
            raise
    connection.close()
    counts.append(done)
    latencies.append(times)


def _pair(options: argparse.Namespace) -> tuple[int, int]:
    """Return two accounts; the hot one is number 1, and always the second."""
    first = random.randint(2, options.accounts)
    second = 1 if options.hot else random.randint(2, options.accounts)
    return (first, second) if first != second else _pair(options)


def _holdfast(options: argparse.Namespace) -> Step:
    from kit.money import Money
    from ledger.services import Line, NewPosting, post, post_many

    spent, gained = Money(-5, "BTC"), Money(5, "BTC")
    path = Path(options.acknowledged) if options.acknowledged else None
    file = path.open("a", buffering=1) if path else None

    def make() -> NewPosting:
        first, second = _pair(options)
        lines = [Line(f"wallet:{first}:available", spent), Line(f"wallet:{second}:available", gained)]
        return NewPosting(str(uuid.uuid4()), "transfer", lines)

    def single() -> int:
        posting = make()
        post(key=posting.key, kind=posting.kind, lines=posting.lines, now=datetime.now(UTC))
        if file:
            file.write(f"{posting.key}\n")
        return 1

    def batch() -> int:
        postings = [make() for _ in range(options.size)]
        post_many(postings=postings, now=datetime.now(UTC))
        if file:
            file.write("".join(f"{posting.key}\n" for posting in postings))
        return int(options.size)

    return single if options.size == 1 else batch


def _grouped(options: argparse.Namespace) -> Step:
    from kit.money import Money
    from ledger.services import Line
    from ledger.services.group import post_in_group

    spent, gained = Money(-5, "BTC"), Money(5, "BTC")
    path = Path(options.acknowledged) if options.acknowledged else None
    file = path.open("a", buffering=1) if path else None

    def step() -> int:
        first, second = _pair(options)
        key = str(uuid.uuid4())
        lines = [Line(f"wallet:{first}:available", spent), Line(f"wallet:{second}:available", gained)]
        post_in_group(key=key, kind="transfer", lines=lines, now=datetime.now(UTC))
        if file:
            file.write(f"{key}\n")
        return 1

    return step


def _hordak_transfer(options: argparse.Namespace) -> Step:
    """Post as django-hordak's manual does: transfer_to, in a transaction."""
    from django.db import transaction
    from djmoney.money import Money
    from hordak.models import Account

    amount = Money(5, "EUR")

    def step() -> int:
        first, second = _pair(options)
        with transaction.atomic():
            Account(pk=first).transfer_to(Account(pk=second), amount)
        return 1

    return step


def _hordak_bulk(options: argparse.Namespace) -> Step:
    """Post with as few statements as django-hordak's models allow."""
    from django.db import transaction
    from djmoney.money import Money
    from hordak.models import Leg, Transaction

    amount = Money(5, "EUR")

    def step() -> int:
        with transaction.atomic():
            transactions = Transaction.objects.bulk_create([Transaction() for _ in range(options.size)])
            legs = []
            for each in transactions:
                first, second = _pair(options)
                legs.append(Leg(transaction=each, account_id=first, credit=amount, currency="EUR"))
                legs.append(Leg(transaction=each, account_id=second, debit=amount, currency="EUR"))
            Leg.objects.bulk_create(legs)
        return int(options.size)

    return step


def _orm(options: argparse.Namespace) -> Step:
    from django.db import transaction

    from benchmarks.plain_orm import models

    tables: Any = models

    def step() -> int:
        first, second = _pair(options)
        with transaction.atomic():
            rows = (
                tables.PlainAccount.objects.select_for_update(no_key=True).filter(pk__in=[first, second]).order_by("pk")
            )
            locked = {row.pk: row for row in rows}
            posting = tables.PlainPosting.objects.create(
                key=str(uuid.uuid4()), kind="transfer", posted_at=datetime.now(UTC)
            )
            for pk, amount in ((first, Decimal(-5)), (second, Decimal(5))):
                account = locked[pk]
                account.balance += amount
                account.save(update_fields=["balance"])
                tables.PlainEntry.objects.create(
                    posting=posting, account=account, amount=amount, balance_after=account.balance
                )
        return 1

    return step


CONTENDERS: dict[str, Callable[[argparse.Namespace], Step]] = {
    "holdfast": _holdfast,
    "grouped": _grouped,
    "hordak_transfer": _hordak_transfer,
    "hordak_bulk": _hordak_bulk,
    "orm": _orm,
}

if __name__ == "__main__":
    main()
