"""Secrets show themselves nowhere: not in repr, logs, tracebacks, admin pages, exports or files."""

import base64
import io
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import coincurve
import pytest
from django.core.management import call_command
from django.test import Client
from django.views.debug import ExceptionReporter
from embit import bip32, bip39

from accounts.models import Role
from chains.queries import get_adapter
from custody.base import Purpose
from custody.errors import IntentMismatch, KeyMismatch
from custody.models import Key, SignatureGuard, Vault
from custody.registry import key_provider
from custody.services import seal_key, seal_waiting, sign
from custody.services.sealing import open_private_key, open_seed
from custody.signers import derivation
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.custody import NOW
from tests.factories.custody_payments import ethereum_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def secrets(key_file: Path) -> list[str]:
    """Return every secret of the Ethereum vault, in each form in which it could be printed."""
    vault = Vault.objects.get(network="ethereum")
    with open_seed(vault, key_provider()) as entropy:
        raw = bytes(entropy.reveal())
    words = bip39.mnemonic_from_bytes(raw)
    seed = bip39.mnemonic_to_seed(words)
    key = Key.objects.get(network="ethereum", purpose=Purpose.HOT)
    node = bip32.HDKey.from_seed(seed).derive(key.path)
    private = node.key.serialize()
    kek = base64.b64decode(json.loads(key_file.read_text())["keys"]["1"])
    forms = [" ".join(words.split()[:3]), str(node), str(bip32.HDKey.from_seed(seed)), node.key.wif()]
    for secret in (raw, seed, private, kek):
        forms += [secret.hex(), base64.b64encode(secret).decode(), repr(secret)[2:-1], str(int.from_bytes(secret))]
        forms += [", ".join(map(str, secret[:6]))]
    return forms


def assert_shows_nothing(text: str, secrets: list[str]) -> None:
    assert text
    assert [secret for secret in secrets if secret in text] == []


def sign_one() -> None:
    unsigned, intent = ethereum_payment()
    sign(payload=unsigned.payload, intent=intent, now=NOW)


def test_the_check_itself_sees_a_secret(secrets: list[str]) -> None:
    key = Key.objects.get(network="ethereum", purpose=Purpose.HOT)
    with open_private_key(key, now=NOW) as private, pytest.raises(AssertionError):
        assert_shows_nothing(private.reveal().hex(), secrets)


def test_not_in_repr_or_str(secrets: list[str]) -> None:
    key = Key.objects.get(network="ethereum", purpose=Purpose.HOT)
    vault = Vault.objects.get(network="ethereum")
    provider = key_provider()
    with open_private_key(key, now=NOW) as private, open_seed(vault, provider) as entropy:
        shown = [private, entropy, provider, vars(provider), key, vault, vars(key), vars(vault)]
        assert_shows_nothing(" ".join(f"{one} {one!r}" for one in shown), secrets)


def test_not_in_logs(secrets: list[str], caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    seal_waiting(now=NOW)
    sign_one()
    unsigned, intent = ethereum_payment(nonce=1)
    other, _ = ethereum_payment(nonce=1, minor=1)
    with pytest.raises(IntentMismatch):
        sign(payload=other.payload, intent=intent, now=NOW)
    assert [record.message for record in caplog.records if record.levelname == "CRITICAL"] == ["signing_refused"]
    del unsigned
    assert_shows_nothing("\n".join(str(vars(record)) for record in caplog.records), secrets)


class Broken(Exception):
    """Something that must not happen."""


def fail(*_: Any, **__: Any) -> Any:
    raise Broken


def failure_of(action: Callable[[], object], error: type[Exception]) -> str:
    """Return an action's failure as Django's debug page and as a traceback with all locals, as text."""
    try:
        action()
    except error as failure:
        page = ExceptionReporter(None, type(failure), failure, failure.__traceback__).get_traceback_html()
        return page + "".join(traceback.TracebackException.from_exception(failure, capture_locals=True).format())
    raise AssertionError("it should have failed")


def derive_hot_branch() -> None:
    with open_seed(Vault.objects.get(network="ethereum"), key_provider()) as entropy:
        derivation.extended_public_key(entropy, "m/44'/60'/1'")


def seal_hot_key() -> None:
    seal_key(key_id=Key.objects.get(network="ethereum", purpose=Purpose.HOT).id, now=NOW)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (bip32.HDKey, "child"),
        (bip32.HDKey, "to_public"),
        (bip39, "mnemonic_to_seed"),
        (bip39, "mnemonic_from_bytes"),
    ],
)
def test_not_in_tracebacks_of_derivation(
    secrets: list[str], monkeypatch: pytest.MonkeyPatch, settings: Any, place: Any, name: str
) -> None:
    settings.DEBUG = True
    monkeypatch.setattr(place, name, fail)
    assert_shows_nothing(failure_of(derive_hot_branch, KeyMismatch), secrets)


@pytest.mark.parametrize("name", ["attach", "explain"])
def test_not_in_tracebacks_of_signing(
    secrets: list[str], monkeypatch: pytest.MonkeyPatch, settings: Any, name: str
) -> None:
    settings.DEBUG = True
    monkeypatch.setattr(type(get_adapter("ethereum")), name, fail)
    assert_shows_nothing(failure_of(sign_one, Broken), secrets)
    assert not SignatureGuard.objects.exists()


@pytest.mark.parametrize("name", ["close", "curves.public_key_of"])
def test_not_in_tracebacks_of_sealing(
    secrets: list[str], monkeypatch: pytest.MonkeyPatch, settings: Any, name: str
) -> None:
    settings.DEBUG = True
    monkeypatch.setattr(f"custody.services.sealing.{name}", fail)
    assert_shows_nothing(failure_of(seal_hot_key, Broken), secrets)
    assert not Key.objects.filter(network="ethereum", sealed_key__isnull=False).exists()


@pytest.mark.parametrize("name", ["from_signature_and_message"])
def test_not_in_tracebacks_of_the_curve(
    secrets: list[str], monkeypatch: pytest.MonkeyPatch, settings: Any, name: str
) -> None:
    settings.DEBUG = True
    monkeypatch.setattr(coincurve.PublicKey, name, fail)
    assert_shows_nothing(failure_of(sign_one, KeyMismatch), secrets)
    assert not SignatureGuard.objects.exists()


def test_not_in_an_export(secrets: list[str]) -> None:
    seal_waiting(now=NOW)
    out = io.StringIO()
    call_command("dumpdata", "custody", stdout=out)
    assert_shows_nothing(out.getvalue(), secrets)


def test_not_in_what_the_commands_print(secrets: list[str]) -> None:
    out = io.StringIO()
    call_command("init_custody", "--create-key-file", stdout=out, stderr=out)
    assert_shows_nothing(out.getvalue(), secrets)


@pytest.fixture
def administrator(key_file: Path) -> Client:
    client = Client()
    sign_in_browser(client, make_user(role=Role.ADMINISTRATOR))
    return client


def test_admin_pages_show_neither_secrets_nor_ciphertext(administrator: Client, secrets: list[str]) -> None:
    seal_waiting(now=NOW)
    sign_one()
    vault = Vault.objects.get(network="ethereum")
    key = Key.objects.get(network="ethereum", purpose=Purpose.HOT)
    guard = SignatureGuard.objects.get()
    hidden = [bytes(value or b"") for value in (vault.sealed_entropy, vault.data_key, key.sealed_key, key.data_key)]
    forms = secrets + [
        text for value in hidden for text in (value.hex(), repr(value)[2:-1], base64.b64encode(value).decode())
    ]
    forms += [branch.extended_public_key for branch in vault.branches.all()]
    for page, shown in (
        ("vault/", "Ethereum"),
        (f"vault/{vault.pk}/change/", "xpub"),
        ("key/", key.address),
        (f"key/{key.pk}/change/", key.path.replace("'", "&#x27;")),
        ("signatureguard/", guard.replay_token),
        (f"signatureguard/{guard.pk}/change/", bytes(guard.payload_digest).hex()),
    ):
        answer = administrator.get(f"/admin/custody/{page}")
        assert answer.status_code == 200, page
        text = answer.content.decode()
        assert shown in text, page
        assert_shows_nothing(text, forms)


def test_admin_changes_nothing(administrator: Client) -> None:
    key = Key.objects.get(network="ethereum", purpose=Purpose.HOT)
    before = list(Key.objects.order_by("pk").values())
    for page in (f"key/{key.pk}/change/", f"key/{key.pk}/delete/", "key/add/", "vault/add/", "signatureguard/add/"):
        assert administrator.post(f"/admin/custody/{page}", {"address": "x", "post": "yes"}).status_code == 403
    assert list(Key.objects.order_by("pk").values()) == before
