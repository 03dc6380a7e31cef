"""Run seeds: python -m tests.simulation --from 1 --seeds 3000, or one of them with its whole log: --seed 7."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import django
from django.test.utils import setup_databases, setup_test_environment, teardown_databases

PROCESSES = 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.simulation")
    parser.add_argument("--seed", type=int, help="replay this one and print its log")
    parser.add_argument("--seeds", type=int, default=3_000, help="how many")
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first of them")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="at once, each with databases of its own")
    parser.add_argument(
        "--schedules", default="", metavar="NETWORK", help="only of what is signed there (schedules.py)"
    )
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--told-to", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.seed is not None:
        return _alone(range(arguments.seed, arguments.seed + 1), schedules=arguments.schedules)
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    if arguments.part is not None:
        part = seeds[arguments.part :: arguments.processes]
        return _alone(part, told_to=arguments.told_to, schedules=arguments.schedules)
    return _soak(seeds, arguments.processes, schedules=arguments.schedules)


def _soak(seeds: range, processes: int, *, schedules: str) -> int:
    """Run the seeds in several processes, add up what they went through, and see that it was enough."""
    from tests.simulation import counting

    started = time.monotonic()
    command = [sys.executable, "-m", "tests.simulation", "--from", str(seeds.start), "--seeds", str(len(seeds))]
    command += ["--schedules", schedules] if schedules else []
    suffix = os.environ.get("TEST_DATABASE_SUFFIX", "")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / str(part) for part in range(processes)]
        parts = [
            subprocess.Popen(
                [*command, "--processes", str(processes), "--part", str(part), "--told-to", str(file)],
                env={**os.environ, "TEST_DATABASE_SUFFIX": f"{suffix}_soak{part}"},
            )
            for part, file in enumerate(files)
        ]
        is_broken = any([part.wait() for part in parts])
        happened: Counter[str] = Counter()
        for file in files:
            happened.update(json.loads(file.read_text()) if file.exists() else {})
    seconds = time.monotonic() - started
    _say(f"{schedules}: {dict(happened)}" if schedules else counting.told(happened))
    missing = [] if schedules else counting.missing(happened, seeds=len(seeds))
    if missing:
        _say(f"Never happened, and must have: {', '.join(missing)}")
    verdict = "BROKEN" if is_broken or missing else "all clean"
    _say(f"{len(seeds)} seeds from {seeds.start} in {seconds:.0f} s, {len(seeds) / seconds:.2f} a second: {verdict}")
    return int(is_broken or bool(missing))


def _alone(seeds: range, *, told_to: Path | None = None, schedules: str = "") -> int:
    """Run the seeds in this process; with no file to tell what happened, show all of it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_project.settings.test")
    django.setup()
    from tests.simulation.house import simulated_house
    from tests.simulation.schedules import schedule
    from tests.simulation.simulation import simulate

    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    failed = 0
    happened: Counter[str] = Counter()
    try:
        with tempfile.TemporaryDirectory() as folder, simulated_house(Path(folder)) as house:
            started = time.monotonic()
            for count, seed in enumerate(seeds, start=1):
                report = schedule(house, schedules, seed) if schedules else simulate(house, seed)
                happened.update(report.tally)
                if report.broken or told_to is None:
                    _say("\n".join(report.log))
                    _say(f"seed {seed}: {report.broken or 'clean'} (log {report.digest[:16]})")
                    failed += bool(report.broken)
                if count % 100 == 0:
                    rate = count / (time.monotonic() - started)
                    _say(f"{count} seeds, up to {seed}: {failed} broken, {rate:.2f} a second")
    finally:
        teardown_databases(databases, verbosity=0)
        if told_to is not None:
            told_to.write_text(json.dumps(happened))
    return 1 if failed else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
