"""How to reach the outside companies we rely on. One that lacks a key it needs is not used at all."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from providers.base import Access
from wallet_project.settings import env
from wallet_project.settings.place import PUBLIC_URL


def _provider(
    code: str,
    base_url: str,
    *,
    secrets: Mapping[str, str] | None = None,
    needed: tuple[str, ...] = (),
    urls: Mapping[str, str] | None = None,
    timeout_seconds: int = 10,
) -> Iterator[Access]:
    """
    Yield how to reach one company, unless one of its `needed` secrets is not set.

    `secrets` is what each of them is; `urls` are further addresses with their defaults: names that end in _url.
    """
    prefix = code.upper()
    url = env.text(f"{prefix}_BASE_URL", base_url, f"{code}: where its API is; https:// in production.")
    kept = {
        name: env.text(f"{prefix}_{name.upper()}", "", f"{code}: {meaning}", secret=True)
        for name, meaning in (secrets or {}).items()
    }
    places = {
        name: env.text(f"{prefix}_{name.upper()}", place, f"{code}: another of its addresses.").rstrip("/")
        for name, place in (urls or {}).items()
    }
    longest = env.integer(f"{prefix}_TIMEOUT_SECONDS", timeout_seconds, f"{code}: longest wait for an answer.")
    if all(kept[name] for name in needed):
        yield Access(code=code, base_url=url.rstrip("/"), secrets=kept | places, timeout_seconds=longest)


PROVIDERS: dict[str, Access] = {
    access.code: access
    for found in (
        _provider(
            "moonpay",
            "https://api.moonpay.com",
            secrets={
                "api_key": "publishable key (pk_…); empty: not used.",
                "secret_key": "secret key (sk_…).",
                "webhook_key": "the key that its webhooks are signed with.",
                "webhook_key_old": "the one before it, as long as both are in use.",
            },
            needed=("api_key", "secret_key", "webhook_key"),
            urls={"widget_url": "https://buy.moonpay.com"},
        ),
        _provider(
            "transak",
            "https://api.transak.com",
            secrets={
                "api_key": "partner API key; empty: not used.",
                "api_secret": "partner API secret.",
                "referrer_domain": "the domain that was approved for its widget; empty: where people return to.",
            },
            needed=("api_key", "api_secret"),
            urls={"gateway_url": "https://api-gateway.transak.com", "widget_url": "https://global.transak.com"},
        ),
        _provider(
            "coingecko",
            "https://api.coingecko.com/api/v3",
            secrets={"api_key": "demo or pro key, if there is one."},
            timeout_seconds=5,
        ),
        _provider(
            "coinmarketcap",
            "https://pro-api.coinmarketcap.com",
            secrets={"api_key": "API key; empty: not used."},
            needed=("api_key",),
            timeout_seconds=5,
        ),
        _provider(
            "twilio",
            "https://api.twilio.com",
            secrets={
                "account_sid": "account SID (AC…); empty: no text messages.",
                "auth_token": "the account's auth token; its reports are signed with it too.",
                "auth_token_old": "the one before it, as long as both are in use.",
                "shared_key": "secret of the shared key, where reports are signed with one.",
                "sender": "who text messages come from: a number as +15005550006, or a messaging service (MG…).",
            },
            needed=("account_sid", "auth_token", "sender"),
            urls={"status_url": f"{PUBLIC_URL}/webhooks/twilio"},
        ),
        _provider("binance", "https://api.binance.com", timeout_seconds=5),
        _provider("coinbase", "https://api.exchange.coinbase.com", timeout_seconds=5),
    )
    for access in found
}

PAY_ORIGINS = sorted(
    "{0.scheme}://{0.netloc}".format(urlsplit(access.secrets["widget_url"]))
    for access in PROVIDERS.values()
    if "widget_url" in access.secrets
)
"""Where a form of ours may lead a person: to the pages on which they pay, and nowhere else."""
