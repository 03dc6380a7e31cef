"""
Writes docs/configuration.md from the settings themselves.

python -m wallet_project.settings.document > docs/configuration.md
"""

import os
import sys
from importlib import import_module

from wallet_project.settings import env

_ENOUGH_FOR_PRODUCTION = {
    "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
    "ALLOWED_HOSTS": "localhost",
    "PUBLIC_URL": "https://localhost",
    "EMAIL_URL": "smtp://localhost",
}


def document() -> str:
    """Return every environment variable with its default and meaning, as Markdown."""
    os.environ.clear()
    os.environ.update(_ENOUGH_FOR_PRODUCTION)
    base = _variables("base")
    development = _variables("dev")
    production = _variables("production")
    parts = [
        "# Configuration",
        "Everything is set by environment variables, read in `wallet_project/settings` and nowhere else. "
        "`DJANGO_SETTINGS_MODULE` chooses `wallet_project.settings.dev` (the default), `.test` or `.production`. "
        "What depends on the installation is *in `deploy/`*: its `docker-compose.yml` gives it to the services that "
        "need it, and takes it from `deploy/.env`, which `env.example` begins. "
        "This page is written by `python -m wallet_project.settings.document`; a test keeps it current.",
        "## Everywhere",
        _table(base),
        "## Development only",
        _table({name: variable for name, variable in development.items() if name not in base}),
        "## Production only",
        "Production refuses to start with a development secret, DEBUG, DEVNET, keys in the environment or within "
        "reach of the web processes, workers that cannot sign and anchor the record, no hosts, an address without TLS, "
        "or no mail server.",
        _table({name: variable for name, variable in production.items() if name not in base}),
    ]
    return "\n\n".join(parts) + "\n"


def _variables(settings: str) -> dict[str, env.Variable]:
    env.VARIABLES.clear()
    import_module(f"wallet_project.settings.{settings}")
    return dict(env.VARIABLES)


def _table(variables: dict[str, env.Variable]) -> str:
    rows = ["| Variable | Default | In production | Meaning |", "|---|---|---|---|"]
    return "\n".join(rows + [_row(variable) for variable in variables.values()])


def _row(variable: env.Variable) -> str:
    if variable.default is None:
        default = "(needed)"
    elif variable.secret and variable.default:
        default = "(see the settings)"
    else:
        default = f"`{variable.default}`" if variable.default else ""
    meaning = variable.help.replace("|", "\\|")
    deployed = "in `deploy/`" if variable.is_deployed else ""
    return f"| `{variable.name}` | {default} | {deployed} | {meaning}{' Secret.' if variable.secret else ''} |"


if __name__ == "__main__":
    sys.stdout.write(document())
