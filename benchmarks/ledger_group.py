"""
What posting in company gives: 256 threads of one process that post at once, singly and grouped, fsync on.

python -m benchmarks.ledger_group [--seconds 10] [--rounds 2] [--accounts 100000]: prints figures and ratios, and
exits non-zero if one is below what the project promises.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from statistics import mean

from benchmarks.ledger import Benchmark, Figure
from benchmarks.private_postgres import PrivatePostgres

CALLERS = 256
MOST_MILLISECONDS = 50


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=10, help="of each measurement")
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--accounts", type=int, default=100_000)
    options = arguments.parse_args()
    options.skip_peers = True
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the server is stopped, too
    postgres = PrivatePostgres()
    try:
        GroupBenchmark(postgres, options).run()
    finally:
        postgres.stop()


class GroupBenchmark(Benchmark):
    """Single and grouped calls by turns, so that whatever else the machine does bears on both."""

    def run(self) -> None:
        self._prepare()
        self._compare("many accounts", 2.5)
        self._compare("one hot account", 6.0, "--hot")
        self.measure("one call at a time, 8 callers", "holdfast", self.options.seconds, 1, 8)
        self.measure("grouped, 8 callers", "grouped", self.options.seconds, 1, 8)
        self.measure("one call at a time, 1 caller", "holdfast", self.options.seconds, 1, 1)
        self.measure("grouped, 1 caller", "grouped", self.options.seconds, 1, 1)
        if self.failures:
            sys.exit("Not as promised: " + "; ".join(self.failures))

    def _compare(self, where: str, least: float, *more: str) -> None:
        singles: list[Figure] = []
        grouped: list[Figure] = []
        for turn in range(1, self.options.rounds + 1):
            for name, title, figures in (("holdfast", "one call at a time", singles), ("grouped", "grouped", grouped)):
                what = f"{title}, {CALLERS} callers, {where}, round {turn}"
                figures.append(self.measure(what, name, self.options.seconds, 1, CALLERS, *more))
        ratio = _rate(grouped) / _rate(singles)
        self._promise(ratio, least, f"times single calls on {where}")
        slowest = mean(figure.p95_milliseconds for figure in grouped)
        is_kept = slowest < MOST_MILLISECONDS
        print(f"{slowest:38,.1f} ms p95 grouped: {'kept' if is_kept else 'NOT KEPT'}, under {MOST_MILLISECONDS}")
        if not is_kept:
            self.failures.append(f"p95 on {where}")


def _rate(figures: Sequence[Figure]) -> float:
    return mean(figure.per_second for figure in figures)


if __name__ == "__main__":
    main()
