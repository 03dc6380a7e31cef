"""The live feed, in a process of its own."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_project.settings.dev")
application = get_asgi_application()
