"""Pages and the REST API."""

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

STALL_SECONDS = 15
"""A caller who neither sends nor takes a byte for so long is hung up on: gunicorn's threads would wait for ever."""

MOVEMENTS = "/api/v1/transactions"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_project.settings.dev")
_django = get_wsgi_application()

from transactions.flows import company  # noqa: E402  # Django is set up now


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    connection = environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(STALL_SECONDS)
    if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == MOVEMENTS:
        with company.coming():
            return _django(environ, start_response)
    return _django(environ, start_response)
