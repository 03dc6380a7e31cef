"""What outside companies would deliver for a person's money: checked and asked, nothing moved."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import providers.services
import rates.queries
from assets.models import Asset
from assets.queries import get_asset
from kit.errors import InvalidInput
from kit.money import MAX_MINOR, AmountInvalid, exactly, parse_amount, to_decimal
from kit.throttling import wait_seconds
from providers.base import Kind, RampQuote, RampRequest
from providers.errors import NoProvider, ProviderRefused, ProviderUnavailable
from providers.policy import Choice, Needs, Offer
from transactions.errors import AssetNotOnNetwork, TooManyOffers
from transactions.models import Transaction
from transactions.queries.describe import FIAT_SCALES
from transactions.services import previews
from wallets.models import Wallet
from wallets.queries import get_wallet

MOST_WORTH, LEAST_WORTH = Decimal("1.25"), Decimal("0.5")
"""Between what shares of the money the coins of an offer may be worth."""

_PREFERENCE = re.compile(r"[a-z0-9_-]{0,32}", re.ASCII)


@dataclass(frozen=True)
class Wish:
    """What a person asks for: checked, nothing has moved. `fiat_minor` in cents, fees included."""

    wallet: Wallet
    asset: Asset
    fiat: str
    fiat_minor: int
    country: str = ""
    preference: str = ""

    @property
    def fiat_amount(self) -> Decimal:
        return Decimal(self.fiat_minor).scaleb(-FIAT_SCALES[self.fiat])


@dataclass(frozen=True)
class Offered:
    """What the companies would deliver for it, and which of them would be chosen; amounts in minor units."""

    wish: Wish
    quotes: dict[str, RampQuote]
    choice: Choice

    @property
    def expected_minor(self) -> int:
        """Return what the chosen one would deliver, rounded down."""
        with exactly():
            return int(self.quotes[self.choice.provider].crypto_amount.scaleb(self.wish.asset.scale))


def wish(
    *, user_id: str, wallet_id: str, asset: str, fiat: str, fiat_amount: str, country: str = "", preference: str = ""
) -> Wish:
    """
    Check what a person asks for.

    :raises NotFound: if the wallet is not this person's
    :raises AssetNotOnNetwork: if the wallet is on another network than the asset
    :raises InvalidInput: if we take no such currency or amount, or nobody is preferred by such a name
    """
    wallet = get_wallet(user_id=user_id, wallet_id=wallet_id)
    found = get_asset(asset)
    if found.network_id != wallet.network_id:
        raise AssetNotOnNetwork(f"{found.code} does not live on {wallet.network.name}.")
    if fiat not in FIAT_SCALES:
        known = ", ".join(FIAT_SCALES)
        raise InvalidInput(f"Pay in one of {known}.", fields={"fiat": [f"Choose one of {known}."]})
    try:
        minor = parse_amount(fiat_amount.strip(), scale=FIAT_SCALES[fiat])
    except AmountInvalid as error:
        raise InvalidInput(str(error), fields={"fiat_amount": [str(error)]}) from error
    if not _PREFERENCE.fullmatch(preference):
        raise InvalidInput("There is no such payment partner.", fields={"preference": ["Choose one that there is."]})
    return Wish(wallet, found, fiat, minor, country.upper(), preference)


def offers_for(wish: Wish, *, user_id: str, now: datetime) -> Offered:
    """
    Return the offers that a person has asked for, as `offers` does; that they saw them is recorded.

    :raises TooManyOffers: if this person has asked too often
    :raises NoProvider: if none can do it now
    """
    waiting = wait_seconds(scope="offers", who=user_id)
    if waiting:
        raise TooManyOffers(retry_after_seconds=waiting)
    found = offers(wish, subject=f"offers:{user_id}", now=now)
    kind = str(Transaction.Type.ON_RAMP)
    previews.note(user_id=user_id, wallet_id=wish.wallet.pk, type=kind, asset=wish.asset.code, now=now)
    return found


def offers(wish: Wish, *, subject: str, now: datetime, excluded: frozenset[str] = frozenset()) -> Offered:
    """
    Ask every company that could do it for its price, and choose; asks outside, so no transaction is open.

    A price that cannot be meant is no offer. Where we have a fresh price of the coins in that currency, that is also
    one whose coins are worth more than MOST_WORTH or less than LEAST_WORTH of the money.

    :raises NoProvider: if none can do it now
    """
    needs = Needs(
        operation="initiate_fiat_to_crypto",
        country=wish.country,
        fiat=wish.fiat,
        fiat_amount=wish.fiat_amount,
        asset=wish.asset.code,
        excluded=excluded,
    )
    request = RampRequest(wish.fiat, wish.fiat_amount, wish.asset.code, wish.wallet.network_id, wish.country)
    able, _ = providers.services.eligible(kind=Kind.ON_RAMP, needs=needs, now=now)
    price = rates.queries.price(base=wish.asset.code, quote=wish.fiat, now=now)
    quotes: dict[str, RampQuote] = {}
    found: dict[str, Offer] = {}
    for code in able:
        try:
            quoted = providers.services.call(
                provider=code,
                operation="quote",
                operation_id=subject,
                subject=subject,
                ask=lambda adapter: adapter.quote(request),
                now=now,
            )
            _check_possible(quoted, wish)
            if price is not None:
                _check_worth(quoted, wish, price.price)
            quotes[code], found[code] = quoted, Offer(quoted.crypto_amount, quoted.seconds)
        except (ProviderUnavailable, ProviderRefused) as error:
            found[code] = Offer(None, refusal=error.what_happened)
    if not quotes:
        raise NoProvider(why=" ".join(offer.refusal for offer in found.values()) or "Nobody serves this here.")
    choice = providers.services.choose(
        kind=Kind.ON_RAMP, needs=needs, offers=found, preference=wish.preference, now=now
    )
    return Offered(wish, quotes, choice)


def _check_possible(quoted: RampQuote, wish: Wish) -> None:
    """
    Pass in silence if there can be such an offer: at least one minor unit, no more than can be booked,
    and a fee that is part of the money.

    :raises ProviderRefused: if not
    """
    least, most = (to_decimal(minor, scale=wish.asset.scale) for minor in (1, MAX_MINOR))
    amount, fee = quoted.crypto_amount, quoted.fee
    if not (amount.is_finite() and fee.is_finite() and least <= amount <= most and 0 <= fee < wish.fiat_amount):
        raise ProviderRefused("It offers what cannot be.", reason="impossible")


def _check_worth(quoted: RampQuote, wish: Wish, price: Decimal) -> None:
    """
    Pass in silence if its coins are worth about the money; `price` is what one coin costs in its currency.

    :raises ProviderRefused: if not
    """
    worth = quoted.crypto_amount * price
    if worth > MOST_WORTH * wish.fiat_amount:
        raise ProviderRefused("It offers far more than the money is worth.", reason="worth")
    if worth < LEAST_WORTH * wish.fiat_amount:
        raise ProviderRefused("It offers far less than the money is worth.", reason="worth")
