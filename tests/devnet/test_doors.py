"""The faucet's doors: what they refuse, what they ask of a node, and that they are nowhere but in a devnet."""

import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import Link, User
from devnet.places import ROOT, free_port
from tests.factories.accounts import make_api_client, make_user
from tests.factories.custody import make_vaults
from wallets.models import Wallet
from wallets.queries import get_wallet
from wallets.services import create_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(settings: Any, tmp_path: Path, now: Any) -> User:
    """A person with a Bitcoin wallet, whose node does not answer."""
    make_vaults(settings, tmp_path)
    url = f"http://devnet:secret@127.0.0.1:{free_port()}"
    settings.NETWORKS = {name: replace(each, rpc_urls=(url,)) for name, each in settings.NETWORKS.items()}
    user = make_user(now=now)
    create_wallet(user_id=user.pk, network="bitcoin", now=now)
    return user


def wallet_of(user: User) -> Wallet:
    return get_wallet(user_id=user.pk, wallet_id=Wallet.objects.get(user=user).pk)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount": "0"}, 400, "invalid_input"),
        ({"amount": "0.000000001"}, 400, "invalid_input"),
        ({"asset": "ETH"}, 400, "invalid_input"),
        ({"asset": "NOPE"}, 404, "unknown_asset"),
        ({"wallet_id": "wal_unknown"}, 404, "not_found"),
        ({}, 422, "faucet_refused"),
    ],
)
def test_what_the_faucet_refuses(owner: User, change: dict[str, str], status: int, code: str) -> None:
    body = {"wallet_id": wallet_of(owner).pk, "amount": "0.5", **change}
    answer = make_api_client(owner).post("/api/v1/devnet/fund", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "secret" not in answer.content.decode()


def test_a_stranger_s_wallet_is_not_there(owner: User) -> None:
    body = {"wallet_id": wallet_of(owner).pk, "amount": "0.5"}
    assert make_api_client(make_user()).post("/api/v1/devnet/fund", body, format="json").status_code == 404
    assert make_api_client().post("/api/v1/devnet/fund", body, format="json").status_code == 401


@pytest.mark.parametrize("blocks", [0, 101])
def test_how_many_blocks_can_be_asked_for(owner: User, blocks: int) -> None:
    body = {"network": "bitcoin", "blocks": blocks}
    answer = make_api_client(owner).post("/api/v1/devnet/mine", body, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["blocks"])


def test_without_devnet_there_is_no_faucet() -> None:
    code = (
        "import django; django.setup(); from django.test import Client; from django.conf import settings;"
        "settings.ALLOWED_HOSTS.append('testserver');"
        "print(Client().post('/api/v1/devnet/fund').status_code, 'devnet' in settings.INSTALLED_APPS)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "wallet_project.settings.dev", "DEVNET": "0", "PATH": "/usr/bin:/bin"}
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split()[-2:] == ["404", "False"]


def test_demo_accounts_are_made_once_and_can_sign_in(client: Browser) -> None:
    first, second, third = StringIO(), StringIO(), StringIO()
    call_command("create_demo", stdout=first)
    shown = {line.split()[0]: line.split()[1] for line in first.getvalue().splitlines() if "@" in line}
    roles = {user.email: sorted(user.groups.values_list("name", flat=True)) for user in User.objects.all()}
    assert roles == {
        "owner@holdfast.example": ["user"],
        "friend@holdfast.example": ["user"],
        "officer@holdfast.example": ["officer", "user"],
        "administrator@holdfast.example": ["administrator", "user"],
    }
    assert Link.objects.count() == 0
    call_command("create_demo", stdout=second)
    assert not any(password in second.getvalue() for password in shown.values())
    for email, password in shown.items():
        body = {"email": email, "password": password}
        assert make_api_client().post("/api/v1/auth/login", body, format="json").status_code == 200
    call_command("create_demo", "--new-passwords", stdout=third)
    old = {"email": "owner@holdfast.example", "password": shown["owner@holdfast.example"]}
    assert make_api_client().post("/api/v1/auth/login", old, format="json").status_code == 401
