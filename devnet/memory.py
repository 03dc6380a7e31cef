"""What an earlier start has left done, so that the next one is up within seconds."""

import hashlib
import os
from pathlib import Path

from devnet.places import ROOT
from devnet.services import DATABASES

EMAILS = (
    "owner@holdfast.example",
    "friend@holdfast.example",
    "officer@holdfast.example",
    "administrator@holdfast.example",
)
REMINDER = (
    f"Sign in with one of {', '.join(EMAILS)}; passwords were shown at the first start.",
    "For new ones: . var/run/devnet.env && .venv/bin/python manage.py create_demo --new-passwords",
)


def is_prepared(*, data: Path, key_file: Path) -> bool:
    """Say whether these migrations were run on this data, and its keys are there; never of somebody's own servers."""
    if any(name in os.environ for name in DATABASES) or not key_file.exists():
        return False
    stamp = data / "prepared"
    return stamp.exists() and stamp.read_text() == _migrations()


def remember_prepared(*, data: Path) -> None:
    (data / "prepared").write_text(_migrations())


def has_demo_accounts(*, data: Path) -> bool:
    return (data / "demo-accounts").exists() and not any(name in os.environ for name in DATABASES)


def remember_demo_accounts(*, data: Path) -> None:
    (data / "demo-accounts").write_text("made\n")


def _migrations() -> str:
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
