"""Every name that is rung, by beat or by the product's own code, is a task that workers know."""

import re
from pathlib import Path

from wallet_project.celery import app
from wallet_project.schedule import CELERY_BEAT_SCHEDULE

ROOT = Path(__file__).resolve().parents[3]
APPS = (
    "accounts",
    "assets",
    "chains",
    "custody",
    "events",
    "ledger",
    "providers",
    "rates",
    "reconciliation",
    "transactions",
    "wallets",
)
_RUNG = re.compile(r'jobs\.(?:enqueue|enqueue_shared|ring)\(\s*"([^"]+)"')


def _known() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_every_round_is_a_task() -> None:
    assert {entry["task"] for entry in CELERY_BEAT_SCHEDULE.values()} <= _known()


def test_every_bell_is_a_task() -> None:
    rung = {
        name for folder in APPS for path in (ROOT / folder).rglob("*.py") for name in _RUNG.findall(path.read_text())
    }
    assert {"transactions.advance", "events.relay"} <= rung
    assert rung <= _known()
