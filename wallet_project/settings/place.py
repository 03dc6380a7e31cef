"""Where people and companies reach this site."""

from wallet_project.settings import env

PUBLIC_URL = env.text(
    "PUBLIC_URL",
    "http://localhost:8000",
    "Where people reach this site, for links in mails; no slash at the end.",
    is_deployed=True,
).rstrip("/")
