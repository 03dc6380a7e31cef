"""The bus's own process, as it is started in production."""

import os
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from events.models import Listener

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_serves_whoever_is_listed_until_it_is_told_to_stop(transactional_db: None) -> None:
    given = connection.settings_dict
    login = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}"
    url = f"postgres://{login}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    environment = {**os.environ, "CORE_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "wallet_project.settings.dev"}
    command = [sys.executable, "manage.py", "run_bus", "--consumer", "bells"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    try:
        deadline = time.monotonic() + 60
        while not Listener.objects.filter(pk="bells").exists():
            assert process.poll() is None, "it ended by itself"
            assert time.monotonic() < deadline, "it did not begin"
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
