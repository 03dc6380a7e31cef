"""How much the hot wallet shall hold of each asset, and from how much on an address is swept."""

from decimal import Decimal, InvalidOperation

from django.core.exceptions import ImproperlyConfigured

from wallet_project.settings import env


def _amount(name: str, text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not (amount.is_finite() and amount >= 0):
        raise ImproperlyConfigured(f"{name}: {text!r} is not an amount.")
    return amount


def _limits(name: str, listed: list[str]) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """
    Return by asset its floor, target and ceiling, in units.

    :raises ImproperlyConfigured: unless each is at most the next one, and the ceiling is above the floor
    """
    found = {}
    for each in listed:
        asset, _, texts = each.partition("=")
        parts = [_amount(name, text) for text in texts.split("/")]
        if not asset or len(parts) != 3 or parts != sorted(parts) or parts[0] == parts[2]:
            raise ImproperlyConfigured(f"{name} must be written as BTC=0.5/2/5 (floor, target, ceiling), not {each!r}.")
        found[asset] = (parts[0], parts[1], parts[2])
    return found


HOT_LIMITS = _limits(
    "HOT_LIMITS",
    env.listing(
        "HOT_LIMITS",
        "",
        "How much the hot wallet holds of an asset, in units, as BTC=0.5/2/5,ETH=5/20/50: below the floor a refill from"
        " cold is asked for, above the ceiling what is too much goes to cold, either up to the target.",
        is_deployed=True,
    ),
)
SWEEP_LEAST = {
    asset: _amount("SWEEP_LEAST", text)
    for asset, _, text in (
        each.partition("=")
        for each in env.listing(
            "SWEEP_LEAST",
            "",
            "From how much on an address is swept, in units, as ETH=0.01,USDC.ETH=20; never below ten times its fee.",
        )
    )
}
SWEEP_LEAST_USD = env.integer(
    "SWEEP_LEAST_USD", 0, "From how much on an address is swept, in USD at a fresh price; without one this is no bar."
)
