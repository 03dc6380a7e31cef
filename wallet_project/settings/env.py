"""The one place where the environment is read: typed, and every variable described."""

import os
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Variable:
    """
    One documented environment variable; `secret` ones are never shown with their value.

    Those that are deployed depend on the installation: deploy/ gives them to the services that need them.
    """

    name: str
    default: str | None
    help: str
    secret: bool = False
    is_deployed: bool = False


VARIABLES: dict[str, Variable] = {}


def text(name: str, default: str | None, help: str, *, secret: bool = False, is_deployed: bool | None = None) -> str:
    """
    Return the variable's value, or its default. Secrets, and what is needed, are deployed unless it is said otherwise.

    :raises ImproperlyConfigured: if it has neither
    """
    by_itself = secret or default is None
    VARIABLES[name] = Variable(name, default, help, secret, by_itself if is_deployed is None else is_deployed)
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}: {help}")
    return value


def boolean(name: str, default: bool, help: str, *, is_deployed: bool = False) -> bool:
    value = text(name, "1" if default else "0", help, is_deployed=is_deployed)
    if value.lower() not in {"1", "0", "true", "false", "yes", "no"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value.lower() in {"1", "true", "yes"}


def integer(name: str, default: int, help: str, *, is_deployed: bool = False) -> int:
    value = text(name, str(default), help, is_deployed=is_deployed)
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def listing(name: str, default: str, help: str, *, secret: bool = False, is_deployed: bool | None = None) -> list[str]:
    """Return a comma-separated list without empty items."""
    found = text(name, default, help, secret=secret, is_deployed=is_deployed)
    return [part.strip() for part in found.split(",") if part.strip()]


def database(name: str, default: str | None, help: str, *, test_suffix: str) -> dict[str, object]:
    """Return Django's settings for a postgres:// URL; query parameters become connection options."""
    url = urlsplit(text(name, default, help, secret=True))
    if url.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must be a postgres:// URL.")
    database_name = url.path.lstrip("/")
    return {
        "ENGINE": "kit.postgresql",
        "NAME": database_name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": _connection_options(dict(parse_qsl(url.query))),
        "TEST": {"NAME": f"test_{database_name}{test_suffix}"},
    }


def email(url: str) -> dict[str, object]:
    """
    Return Django's mail settings for smtp://, smtps://, file: or console:.

    :raises ImproperlyConfigured: for anything else
    """
    parts = urlsplit(url)
    backend = "django.core.mail.backends"
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": f"{backend}.console.EmailBackend"}
    if parts.scheme == "file":
        return {"EMAIL_BACKEND": f"{backend}.filebased.EmailBackend", "EMAIL_FILE_PATH": parts.path}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL must start with smtp://, smtps://, file: or console:.")
    return {
        "EMAIL_BACKEND": f"{backend}.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_TIMEOUT": 10,
    }


def _connection_options(query: dict[str, str]) -> dict[str, object]:
    """
    Return the query's options, and let statements bound by the server (the ledger's) be prepared at the sixth use.

    Behind a pooler that cannot keep prepared statements, say ?prepare_threshold=1000000000.
    """
    return query | {"prepare_threshold": int(query.get("prepare_threshold", 5))}
