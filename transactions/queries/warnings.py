"""What a person should look at again before they send to an address: told before the last press, never a refusal."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from transactions.models import Transaction
from wallets.queries import payee_addresses

ENDS = 4
"""So many characters people compare at each end; whoever makes an address look like another makes those the same."""

MOST_COMPARED = 1_000


@dataclass(frozen=True)
class Caution:
    """One thing to look at; `code` for programs, the rest for people."""

    code: str
    title: str
    text: str
    is_grave: bool = False


def sent_before(*, user_id: str, address: str) -> bool:
    """Tell whether this person has asked for a send to this address, in canonical form, before."""
    return _sends(user_id).filter(to_address=address).exists()


def lookalike(*, user_id: str, network: str, address: str) -> str:
    """
    Return an address this person knows that has the same ends as this other one; empty if there is none.

    So attackers get coins: they send a trifle from an address made to look like one that was paid, and wait for it to
    be copied from the history.
    """
    latest = _sends(user_id).filter(network_id=network).order_by("-created_at", "-id")
    paid = latest.values_list("to_address", flat=True)[:MOST_COMPARED]
    known = {*paid, *payee_addresses(user_id=user_id, network=network)} - {address}
    return min((each for each in known if ends(each) == ends(address)), default="")


def ends(address: str) -> tuple[str, str]:
    """Return what people compare: the first characters after those that all addresses of a kind share, and the last."""
    body = address.lower()
    if body.startswith("0x"):
        body = body[2:]
    elif body.startswith(("bc1", "tb1", "bcrt1")):  # and the version of the witness program, BIP-173
        body = body.partition("1")[2][1:]
    else:
        body = body[1:]
    return body[:ENDS], body[-ENDS:]


def of_send(*, is_new_address: bool, looks_like: str, may_need_memo: bool) -> list[Caution]:
    """Return what to say of a send, the gravest first."""
    said = []
    if looks_like:
        text = _(
            "You know %(address)s, which begins and ends alike and is another one. Somebody may have made this address "
            "to be taken for it. Compare every character, and never copy an address from your history."
        ) % {"address": looks_like}
        said.append(Caution("address_lookalike", _("This is not the address it looks like"), text, is_grave=True))
    elif is_new_address:
        text = _("Compare it, all of it, with what the recipient gave you.")
        said.append(Caution("address_new", _("You have not sent to this address before"), text))
    if may_need_memo:
        text = _("An exchange shares one address among many people: without the memo it gives you, the coins are lost.")
        said.append(Caution("memo_advised", _("If this is an exchange's address, it needs a memo"), text))
    return said


def _sends(user_id: str) -> QuerySet[Transaction]:
    return Transaction.objects.filter(user_id=user_id, type=Transaction.Type.SEND, recipient_user__isnull=True).exclude(
        to_address=""
    )
