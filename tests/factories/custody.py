"""A key file, vaults and keys, made the way an operator makes them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.queries import list_networks
from chains.queries import get_adapter
from chains.values import Curve
from custody.providers.local import create_key_file
from custody.services import setup_vaults

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def vault_count() -> int:
    """How many vaults, and hot keys, there are once all is set up: one for each network."""
    return len(list_networks())


def waiting_count() -> int:
    """How many hot keys wait to be sealed then: those that a signer alone can make are sealed when they are made."""
    return sum(get_adapter(network.code).curve is Curve.SECP256K1 for network in list_networks())


def use_local_keys(settings: Any, folder: Path) -> Path:
    """Make this process one that signs: a fresh key file in the folder, and settings that name it."""
    path = folder / "keys.json"
    create_key_file(path)
    settings.KEY_PROVIDER, settings.KEY_FILE, settings.KEY_VALUE = "local", str(path), ""
    return path


def use_no_keys(settings: Any) -> None:
    """Make this process a watch-only one, as web, live and beat are."""
    settings.KEY_PROVIDER, settings.KEY_FILE, settings.KEY_VALUE = "none", "", ""


def make_vaults(settings: Any, folder: Path, *, now: datetime = NOW) -> Path:
    """Set up every network's vault and hot key; return the key file's path."""
    path = use_local_keys(settings, folder)
    setup_vaults(now=now)
    return path
