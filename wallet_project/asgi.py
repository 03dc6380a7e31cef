"""The live feed, in a process of its own: who is calling is settled here, before the consumer."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_project.settings.dev")
_http = get_asgi_application()  # sets Django up, which the imports below need

from channels.routing import ProtocolTypeRouter  # noqa: E402

from wallet_project.routing import websocket  # noqa: E402

application = ProtocolTypeRouter({"http": _http, "websocket": websocket})
