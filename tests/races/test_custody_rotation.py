"""Rotation while everything runs: signing goes on, a killed rotation is finished, nothing is locked out."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections, transaction

from custody.base import Purpose
from custody.models import Key, SignatureGuard
from custody.queries import key_versions_in_use
from custody.services import allocate_key, retire_key_versions, rotate_keys, seal_waiting, sign
from kit.errors import BusyElsewhere
from tests.factories.custody import NOW, make_vaults, vault_count
from tests.factories.custody_payments import ethereum_payment

pytestmark = pytest.mark.django_db(transaction=True)


def test_signing_and_sealing_go_on_while_keys_are_rotated_and_retired(settings: Any, tmp_path: Path) -> None:
    make_vaults(settings, tmp_path)
    for _ in range(20):
        allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
    seal_waiting(now=NOW)
    rotated = threading.Event()
    errors: list[Exception] = []
    signed: list[int] = []

    def work(first_nonce: int) -> None:
        nonce = first_nonce
        try:
            while not rotated.is_set() and nonce < first_nonce + 500:
                key = allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
                unsigned, intent = ethereum_payment(nonce=nonce, sender=key.address)
                with transaction.atomic():
                    sign(
                        payload=unsigned.payload, intent=replace(intent, subject=f"txn_{nonce}"), now=NOW
                    )  # seals it too
                signed.append(nonce)
                nonce += 1
        except Exception as error:  # noqa: BLE001 - reported to the test
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(number * 1000,)) for number in range(3)]
    for worker in workers:
        worker.start()
    try:
        for version in (2, 3, 4):
            assert rotate_keys(now=NOW, batch_size=3).version == version
            assert retire_key_versions(now=NOW) == (version - 1,)
    finally:
        rotated.set()
        for worker in workers:
            worker.join(30)
    assert errors == []
    assert len(signed) >= 3
    assert SignatureGuard.objects.count() == len(signed)
    assert key_versions_in_use() == {4}


def test_a_rotation_killed_in_the_middle_is_finished_by_the_next(settings: Any, tmp_path: Path) -> None:
    path = make_vaults(settings, tmp_path)
    for _ in range(300):
        allocate_key(network="ethereum", purpose=Purpose.DEPOSIT, now=NOW)
    while seal_waiting(now=NOW):
        pass
    with _rotation_process(path) as process:
        deadline = time.monotonic() + 30
        while not Key.objects.filter(kek_version=2).exists():
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert key_versions_in_use() == {1, 2}
    behind = Key.objects.filter(kek_version=1).count()
    assert 0 < behind < 300 + vault_count()  # the hot keys too
    unsigned, intent = ethereum_payment()
    with transaction.atomic():
        sign(payload=unsigned.payload, intent=intent, now=NOW)
    assert retire_key_versions(now=NOW) == ()
    rotation = _rotate_once_free()
    assert (rotation.version, rotation.broken) == (2, ())
    assert rotation.rewrapped <= behind
    assert key_versions_in_use() == {2}
    assert retire_key_versions(now=NOW) == (1,)


def _rotate_once_free() -> Any:
    """Rotate as soon as PostgreSQL has noticed that the killed process is gone."""
    for _ in range(100):
        try:
            return rotate_keys(now=NOW)
        except BusyElsewhere:
            time.sleep(0.05)
    raise AssertionError("the dead process still holds its lock")


def _rotation_process(path: Path) -> subprocess.Popen[bytes]:
    database = connection.settings_dict
    url = f"postgres://{database['USER']}:{quote(database['PASSWORD'])}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys", "--batch-size", "1"],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "CORE_DATABASE_URL": url, "KEY_PROVIDER": "local", "KEY_FILE": str(path), "KEY_VALUE": ""},
        stdout=subprocess.DEVNULL,
    )
