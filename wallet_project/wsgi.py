"""Pages and the REST API."""

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

STALL_SECONDS = 15
"""A caller who neither sends nor takes a byte for so long is hung up on: gunicorn's threads would wait for ever."""

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_project.settings.dev")
_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    connection = environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(STALL_SECONDS)
    return _django(environ, start_response)
