"""The keys between the product and the sandboxes, and the variables that lend sandboxes to a product."""

import secrets
from collections.abc import Mapping

KEYS = {
    "moonpay": {
        "api_key": "MOONPAY_API_KEY",
        "secret_key": "MOONPAY_SECRET_KEY",
        "webhook_key": "MOONPAY_WEBHOOK_KEY",
        "webhook_key_old": "MOONPAY_WEBHOOK_KEY_OLD",
    },
    "transak": {"api_key": "TRANSAK_API_KEY", "api_secret": "TRANSAK_API_SECRET"},
    "twilio": {
        "account_sid": "TWILIO_ACCOUNT_SID",
        "auth_token": "TWILIO_AUTH_TOKEN",
        "auth_token_old": "TWILIO_AUTH_TOKEN_OLD",
        "sender": "TWILIO_SENDER",
    },
}
"""Whose key is in which variable, for the product and the sandboxes alike."""

CODES = tuple(KEYS)
PLACES = {
    "moonpay": ("MOONPAY_BASE_URL", "MOONPAY_WIDGET_URL"),
    "transak": ("TRANSAK_BASE_URL", "TRANSAK_GATEWAY_URL", "TRANSAK_WIDGET_URL"),
    "twilio": ("TWILIO_BASE_URL",),
}
PREFIXES = {
    "MOONPAY_API_KEY": "pk_test_",
    "MOONPAY_SECRET_KEY": "sk_test_",
    "MOONPAY_WEBHOOK_KEY": "wk_test_",
    "TWILIO_ACCOUNT_SID": "AC",
}
FIXED = {"TWILIO_SENDER": "+15005550006"}
"""What is no secret: the number from which Twilio's own test credentials send."""

CONTROL_URL = "VENDORS_CONTROL_URL"


def new_keys() -> dict[str, str]:
    """Return fresh keys of all vendors, by variable."""
    names = [name for keys in KEYS.values() for name in keys.values()]
    return {name: PREFIXES.get(name, "") + secrets.token_hex(16) for name in names} | FIXED


def places(ports: Mapping[str, int], *, control_port: int) -> dict[str, str]:
    """Return the variables that say where the sandboxes are."""
    found = {name: f"http://127.0.0.1:{ports[code]}" for code in CODES for name in PLACES[code]}
    return {**found, CONTROL_URL: f"http://127.0.0.1:{control_port}"}
