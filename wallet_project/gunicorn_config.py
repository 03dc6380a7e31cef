"""How gunicorn logs: gunicorn -c python:wallet_project.gunicorn_config wallet_project.wsgi."""

import gc
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger

from wallet_project.logging import configure


class OurLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Lets gunicorn's own lines leave the way all others do, from before the first worker starts."""

    def setup(self, cfg: Any) -> None:
        configure(settings.LOGGING)
        self.error_log.setLevel(self.LOG_LEVELS.get(cfg.loglevel.lower(), self.error_log.level))


logger_class = OurLogger


def post_worker_init(_worker: Any) -> None:
    """Take what was loaded at the start, which stays, out of the garbage collector's sight."""
    gc.collect()
    gc.freeze()
