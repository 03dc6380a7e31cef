"""Logs: a line of JSON per event in production, a readable line in development; nothing secret in either."""

import logging
import logging.config
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from structlog.typing import EventDict, WrappedLogger

HIDDEN = "[hidden]"
SHORTEST_SECRET = 6
"""Shorter passwords than this are not searched for in every line: they would hide ordinary words."""

_SECRET_NAME = re.compile(
    r"passw|secret|token|authoriz|cookie|credential|mnemonic|entropy|private|api_?key|refresh|session_?id|\botp\b|^raw$",
    re.IGNORECASE,
)
_SECRET_SHAPES = [
    (re.compile(r"(?<=://)[^/\s@'\"]+(?=@)"), HIDDEN),  # credentials in a URL
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), HIDDEN),  # a JSON web token
    (re.compile(r"\b[xyztuv]prv[1-9A-HJ-NP-Za-km-z]{80,}"), HIDDEN),  # an extended private key
    (re.compile(r"(?<=/verify-email/)[^/?\s'\"]+|(?<=/reset-password/)[^/?\s'\"]+"), HIDDEN),  # a mailed link
    (
        re.compile(
            r"(?i)([\w-]*(?:password|secret|token|ticket|api_?key)[\w-]*['\"]?\s*[=:]\s*)"
            r"(?:\"[^\"]*\"|'[^']*'|[^\s&'\",;)}]+)"
        ),
        rf"\1{HIDDEN}",
    ),
]

_MAYBE_SECRET = re.compile(r"://|bearer|basic|eyj|prv|verify-email|password|secret|token|ticket|key", re.IGNORECASE)
"""Stands in everything that has one of these shapes; nearly no text has it, and one look is cheaper than six."""

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]
_QUIET = {
    "django.request": "CRITICAL",  # the request's own lines say how it ended, with an id and without secrets
    "celery.app.trace": "WARNING",  # rounds every two seconds
    "celery.worker.strategy": "WARNING",
    "celery.beat": "WARNING",
    "uvicorn.access": "WARNING",
    "uvicorn.error": "WARNING",  # a line for each connection that opens and closes
    "asyncio": "WARNING",
    "urllib3": "WARNING",
}
_OTHERS = ("django", "django.server", "celery", "gunicorn.error", "gunicorn.access", "uvicorn")
"""Libraries that bring handlers of their own: they lose them, so that every line leaves by one door."""


def configure(options: Mapping[str, str]) -> None:
    """Set logging up for this process; `options` are settings.LOGGING: format (json or console) and level."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": make_formatter, "format": options["format"]}},
            "handlers": {"line": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["line"], "level": options["level"]},
            "loggers": {
                **{name: {"handlers": [], "propagate": True} for name in _OTHERS},
                **{name: {"handlers": [], "level": level, "propagate": True} for name, level in _QUIET.items()},
            },
        }
    )
    logging.captureWarnings(True)


def make_formatter(format: str) -> logging.Formatter:
    """Return what turns a record, ours or a library's, into one line."""
    renderer: Any = structlog.processors.JSONRenderer(sort_keys=True)
    if format != "json":
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder(), _drop_doubles],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            Redactor(known_secrets()),
            renderer,
        ],
    )


def _drop_doubles(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """Leave out what Celery says twice: its extra repeats the message and the whole traceback."""
    if str(event_dict.get("logger")).startswith("celery."):
        event_dict.pop("data", None)
    return event_dict


class Redactor:
    """Hides what is secret by its name, by its shape, or because it is one of our own secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, logger: WrappedLogger, method: str, event_dict: EventDict) -> EventDict:
        return {key: self._clean(key, value) for key, value in event_dict.items()}

    def _clean(self, key: str, value: Any) -> Any:
        if value is not None and _SECRET_NAME.search(key):
            return HIDDEN
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, bytes | bytearray | memoryview):
            value = f"[{len(value)} bytes]"
        if isinstance(value, Mapping):
            return {str(name): self._clean(str(name), item) for name, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean("", item) for item in value]
        return self._text(str(value))

    def _text(self, text: str) -> str:
        if self._known:
            text = self._known.sub(HIDDEN, text)
        if not _MAYBE_SECRET.search(text):
            return text
        for shape, instead in _SECRET_SHAPES:
            text = shape.sub(instead, text)
        return text


def known_secrets() -> list[str]:
    """Return the secrets this process was configured with, as they might stand in a line."""
    from django.conf import settings

    urls = [settings.REDIS_URL, settings.EMAIL_URL]
    urls += [url for network in settings.NETWORKS.values() for url in network.rpc_urls]
    secrets = [settings.SECRET_KEY, settings.METRICS_TOKEN, settings.KEY_VALUE]
    secrets += [str(database.get("PASSWORD", "")) for database in settings.DATABASES.values()]
    secrets += [password for url in urls if (password := urlsplit(url).password)]
    return [form for secret in secrets if secret for form in {secret, unquote(secret)}]
