from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        checks.register(check_breached_passwords)


def check_breached_passwords(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:  # noqa: ARG001
    """Say before the first password is set whether the list of breached ones is there and is one."""
    from accounts.services.breach_list import BreachListBroken, check_list

    file = settings.BREACHED_PASSWORDS_FILE
    if not file or settings.ROLE not in {"web", "command"}:  # the other processes set no passwords
        return []
    hint = "Fetch it anew as one file ordered by hash: haveibeenpwned-downloader pwned-passwords"
    try:
        is_whole = check_list(Path(file))
    except BreachListBroken as error:
        return [checks.Error(f"BREACHED_PASSWORDS_FILE ({file}) is no use: {error}.", hint=hint, id="accounts.E001")]
    if not is_whole:
        text = f"BREACHED_PASSWORDS_FILE ({file}) looks cut short: it does not reach from low hashes to high ones."
        return [checks.Warning(text, hint=hint, id="accounts.W001")]
    return []
