"""What is true of the books after every story."""

from collections import defaultdict

from django.db import connection

from ledger.queries import totals, verify


def check_ledger_laws() -> None:
    """
    Assert that the books agree with themselves.

    `verify` replays every entry: unbroken versions, the balance after each, zero sums, nothing overdrawn, holds,
    reversals, fingerprints. What we owe and what we hold then cancel out in every asset, counted here anew.
    """
    assert [str(difference) for difference in verify()] == []
    sums: dict[str, int] = defaultdict(int)
    for (asset, _), total in totals().items():
        sums[asset] += total
    assert not any(sums.values()), dict(sums)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger_account a WHERE a.balance <>"
            " (SELECT coalesce(sum(amount), 0) FROM ledger_entry e WHERE e.account_id = a.id)"
        )
        assert cursor.fetchone() == (0,), "a balance is not the sum of its entries"
