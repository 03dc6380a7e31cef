"""Production starts with what belongs to it, and with nothing of development's."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
GOOD = {
    "DJANGO_SETTINGS_MODULE": "wallet_project.settings.production",
    "SECRET_KEY": "Zq8w7e6r5t4y3u2i1o0pAaSsDdFfGgHhJjKkLlZzXxCcVvBbNnMm1234567890",
    "ALLOWED_HOSTS": "wallet.example.com",
    "PUBLIC_URL": "https://wallet.example.com",
    "EMAIL_URL": "smtp://user:password@mail.example.com",
}
MOONPAY = {"MOONPAY_API_KEY": "pk_live_x", "MOONPAY_SECRET_KEY": "sk_live_x", "MOONPAY_WEBHOOK_KEY": "wk_live_x"}


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_deployment_check_is_clean():
    result = _run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **GOOD)
    assert result.returncode == 0, result.stderr
    assert "no issues (0 silenced)" in result.stdout


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "development-only-secret-key-never-used-in-production"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"DEVNET": "1"}, "DEVNET"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"PUBLIC_URL": "http://wallet.example.com"}, "PUBLIC_URL"),
        ({"EMAIL_URL": "console:"}, "EMAIL_URL"),
        ({"BREACHED_PASSWORDS_FILE": "/nowhere/pwned-passwords.txt"}, "BREACHED_PASSWORDS_FILE"),
        ({"KEY_PROVIDER": "local", "KEY_FILE": "/etc/holdfast/keys.json"}, "KEY_PROVIDER"),
        ({"HOLDFAST_ROLE": "worker", "KEY_PROVIDER": "local", "KEY_VALUE": "{}"}, "KEY_VALUE"),
        ({"AUDIT_KEY_FILE": "/etc/holdfast/audit.pem"}, "AUDIT_KEY_FILE"),
        ({"VAPID_KEY_FILE": "/etc/holdfast/vapid.pem"}, "VAPID_KEY_FILE"),
        ({"HOLDFAST_ROLE": "worker"}, "AUDIT_KEY_FILE"),
        ({"HOLDFAST_ROLE": "worker", "AUDIT_KEY_FILE": "/etc/holdfast/audit.pem"}, "AUDIT_ANCHOR_FILE"),
        ({"AUDIT_ANCHOR_NETWORK": "stellar"}, "AUDIT_ANCHOR_NETWORK"),
        ({"COINGECKO_BASE_URL": "http://api.coingecko.com"}, "COINGECKO_BASE_URL"),
        ({"COINGECKO_BASE_URL": "https://127.0.0.1:8443"}, "COINGECKO_BASE_URL"),
        ({"BINANCE_BASE_URL": "https://localhost"}, "BINANCE_BASE_URL"),
        ({"BINANCE_BASE_URL": "https://10.1.2.3"}, "BINANCE_BASE_URL"),
        ({**MOONPAY, "MOONPAY_WIDGET_URL": "http://buy.moonpay.com"}, "MOONPAY_WIDGET_URL"),
    ],
)
def test_it_refuses_to_start_and_says_why(change, reason):
    code = "import wallet_project.settings.production"
    result = _run("-c", code, **{**GOOD, **change})
    assert result.returncode != 0
    assert f"Production does not start: {reason}" in result.stderr
    assert GOOD["EMAIL_URL"] not in result.stderr


def test_a_worker_may_hold_keys_in_a_file():
    code = "import wallet_project.settings.production as s; print(s.SESSION_COOKIE_SECURE, s.SECURE_SSL_REDIRECT)"
    keys = {"HOLDFAST_ROLE": "worker", "KEY_PROVIDER": "local", "KEY_FILE": "/etc/holdfast/keys.json"}
    keys |= {"AUDIT_KEY_FILE": "/etc/holdfast/audit.pem", "AUDIT_ANCHOR_FILE": "/mnt/elsewhere/checkpoints.jsonl"}
    assert _run("-c", code, **GOOD, **keys).stdout == "True True\n"


def test_the_list_of_variables_is_current():
    written = (ROOT / "docs" / "configuration.md").read_text()
    result = _run("-m", "wallet_project.settings.document")
    assert result.returncode == 0, result.stderr
    assert written == result.stdout, "run: python -m wallet_project.settings.document > docs/configuration.md"
