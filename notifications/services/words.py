"""What each topic says, in the reader's language."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from assets.queries import get_asset
from kit.money import format_minor
from notifications.policy import Telling


class Words(NamedTuple):
    title: Promise
    text: Promise


_WHERE = _("It came from %(address)s (%(agent)s). If it was not you, change your password and end all other sessions.")

TOPICS: Mapping[str, Words] = {
    "sent": Words(_("You sent %(amount)s %(asset)s"), _("The network has confirmed it.")),
    "transferred": Words(_("You sent %(amount)s %(asset)s"), _("It has arrived already, and cost no fee.")),
    "given_back": Words(_("You gave %(amount)s %(asset)s back"), _("It has arrived already, and cost no fee.")),
    "deposit": Words(_("You received %(amount)s %(asset)s"), _("It is confirmed, and yours to use.")),
    "transfer_received": Words(_("You received %(amount)s %(asset)s"), _("It is yours to use at once.")),
    "bought": Words(_("Your %(amount)s %(asset)s have arrived"), _("What you bought is yours to use.")),
    "failed": Words(
        _("%(amount)s %(asset)s were not sent"), _("What was set aside is yours again. Open it to see why.")
    ),
    "deposit_failed": Words(
        _("A deposit of %(amount)s %(asset)s was taken back by its network"),
        _("It is not part of your balance. Ask its sender to look at it. Open it to see more."),
    ),
    "purchase_failed": Words(
        _("Your purchase did not go through"),
        _("If you have paid, your payment partner gives it back. Open it to see more."),
    ),
    "waiting_for_you": Words(
        _("Your purchase of %(asset)s waits for you"), _("It goes on as soon as you have paid. Open it to go on.")
    ),
    "signed_in": Words(_("New sign-in to your account"), _WHERE),
    "locked_out": Words(
        _("Too many failed tries to sign in to your account"),
        _("Signing in is closed for a while. If it was not you, somebody may be guessing; your password held."),
    ),
    "password_changed": Words(_("Your password was changed"), _WHERE),
    "factor_enabled": Words(_("Two-step sign-in was turned on"), _WHERE),
    "factor_disabled": Words(_("Two-step sign-in was turned off"), _WHERE),
    "recovery_codes_replaced": Words(_("Your recovery codes were replaced"), _WHERE),
    "recovery_code_used": Words(
        _("A recovery code was used"),
        _("You have %(left)s left. It came from %(address)s (%(agent)s). If it was not you, change your password now."),
    ),
    "email_change_asked": Words(_("Somebody asked to move your account to another e-mail address"), _WHERE),
    "email_changed": Words(_("Your e-mail address was changed"), _WHERE),
    "refresh_reused": Words(
        _("A session was ended because its token was used twice"),
        _("Somebody may have copied it. It came from %(address)s (%(agent)s). Sign in again."),
    ),
    "webhook_added": Words(
        _("A webhook endpoint was added"),
        _("Your notifications go to %(url)s as well. If it was not you, remove it and change your password."),
    ),
    "webhook_secret_rotated": Words(
        _("A webhook secret was replaced"), _("That of %(url)s. If it was not you, change your password.")
    ),
    "role_granted": Words(_("You were given a role"), _("You now act here as %(role)s.")),
    "roles_revoked": Words(_("Your roles were taken back"), _("You are here as a customer only.")),
    "reopened": Words(_("Your account is open again"), _("You can sign in and use it as before.")),
}


def compose(telling: Telling, *, language: str) -> tuple[str, str]:
    """
    Return title and text of what is told, in this language.

    :raises KeyError: if there are no words for its topic, or a value is missing
    :raises UnknownAsset: if its amount is of no asset there is
    """
    values = dict(telling.values)
    if "amount_minor" in values:
        minor = int(values.pop("amount_minor"))
        values["amount"] = format_minor(minor, scale=get_asset(values["asset"]).scale)
    words = TOPICS[telling.topic]
    with override(language):
        return str(words.title) % values, str(words.text) % values
