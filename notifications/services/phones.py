"""
A person's telephone number, in order: they name it, a code is sent there, they enter the code, it is theirs.

Nothing else is ever sent to a number that is not proved. What is asked for costs money, so it is counted by person,
by number and in all.
"""

import hmac
import re
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.crypto import salted_hmac

from accounts.models import User
from events.services import record
from kit import jobs
from kit.errors import InvalidInput
from kit.ids import new_id
from kit.locks import wait_for_turn
from notifications import queries
from notifications.base import DeliveryFailed
from notifications.errors import NoTextMessages, TooManyTextMessages, WrongCode
from notifications.models import Phone
from notifications.services.limits import over_text_limit
from notifications.services.texting import text
from notifications.services.words import frame_of

CODE_LIFE = timedelta(minutes=10)
MOST_WRONG_CODES = 5
MOST_CODES_TO_A_NUMBER = 3
"""In a day, whoever asks for them."""

MOST_TRIES = 3
LEASE = timedelta(seconds=30)
RETRY = timedelta(seconds=15)
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SALT = "notifications.phone_code"


def ask_code(*, user_id: str, number: str, now: datetime) -> Phone:
    """
    Have a code sent to a number that somebody says is theirs; the one before it is no longer good.

    :raises NoTextMessages: if there is no company here that sends them
    :raises InvalidInput: if it is no number
    :raises TooManyTextMessages: if the person, the number or everybody has had too many
    """
    number = _canonical(number)
    if not queries.can_text():
        raise NoTextMessages
    with transaction.atomic():
        wait_for_turn("notifications.codes")  # many people at once do not get beyond what one number, or all, may have
        person = User.objects.select_for_update(no_key=True).get(pk=user_id)
        had = Phone.objects.filter(number=number, created_at__gt=now - timedelta(days=1)).count()
        reason = over_text_limit(user_id=user_id, now=now)
        if reason or had >= MOST_CODES_TO_A_NUMBER:
            raise TooManyTextMessages(reason)
        _unverified(user_id).update(removed_at=now, send_at=None, updated_at=now)
        phone = Phone.objects.create(
            id=new_id("phn"),
            user=person,
            number=number,
            code_until=now + CODE_LIFE,
            send_at=now,
            created_at=now,
            updated_at=now,
        )
        _tell("code_asked", phone, now=now)
        jobs.enqueue("notifications.send_code", phone_id=phone.pk)
    return phone


def send_code(*, phone_id: str, now: datetime) -> bool:
    """Send the code, if it is due and nobody else is at it; return whether the message was taken."""
    taken = Phone.objects.filter(pk=phone_id, send_at__lte=now).update(
        send_at=now + LEASE, tries=F("tries") + 1, asked_at=Coalesce(F("asked_at"), now), updated_at=now
    )
    if not taken:
        return False
    phone = Phone.objects.select_related("user").get(pk=phone_id)
    try:
        state = text(
            operation_id=phone.pk,
            to=phone.number,
            words=f"{frame_of(phone.user.language).code % {'code': code_of(phone)}} {phone.pk[-4:]}",
            asked_before=phone.asked_at if phone.tries > 1 else None,
            now=now,
        )
    except DeliveryFailed as failure:
        is_over = failure.is_final or phone.tries >= MOST_TRIES or now + RETRY >= phone.code_until
        Phone.objects.filter(pk=phone.pk, send_at__isnull=False).update(
            send_at=None if is_over else now + RETRY, reason=failure.reason[:200], updated_at=now
        )
        return False
    Phone.objects.filter(pk=phone.pk).update(send_at=None, reference=state.message_id, reason="", updated_at=now)
    return True


def confirm(*, user_id: str, code: str, now: datetime) -> Phone:
    """
    Take the code as the proof that the number is the person's; the number before it is given up.

    :raises WrongCode: if it is not the code, too late, or tried too often
    """
    with transaction.atomic():
        phone = _unverified(user_id).select_for_update(no_key=True).first()
        if phone is not None and _is_right(phone, code, now=now):
            Phone.objects.filter(user_id=user_id, removed_at=None, verified_at__isnull=False).update(
                removed_at=now, updated_at=now
            )
            phone.verified_at, phone.send_at, phone.updated_at = now, None, now
            phone.save(update_fields=["verified_at", "send_at", "updated_at"])
            _tell("verified", phone, now=now)
            return phone
        if phone is not None:  # kept although this is refused: so it stands outside of what is rolled back
            Phone.objects.filter(pk=phone.pk).update(wrong_codes=F("wrong_codes") + 1, updated_at=now)
    raise WrongCode


def remove_phone(*, user_id: str, now: datetime) -> None:
    """Send no text messages any more, neither to the number that is proved nor to one that is not yet."""
    with transaction.atomic():
        _unverified(user_id).update(removed_at=now, send_at=None, updated_at=now)
        phone = Phone.objects.select_for_update(no_key=True).filter(user_id=user_id, removed_at=None).first()
        if phone is not None:
            _give_up(phone, "removed", now=now)


def refuse_phone(*, user_id: str, number: str, now: datetime) -> None:
    """Give up a number of which a company says that it takes no messages; in the caller's transaction."""
    found = Phone.objects.select_for_update(no_key=True)
    phone = found.filter(user_id=user_id, number=number, removed_at=None, verified_at__isnull=False).first()
    if phone is not None:
        _give_up(phone, "refused", now=now)


def code_of(phone: Phone) -> str:
    """Return the six digits that prove the number; derived from SECRET_KEY, so that they are stored nowhere."""
    digest = salted_hmac(_SALT, f"{phone.pk}:{phone.number}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06}"


def masked(number: str) -> str:
    """Return a number as it may stand in events and on screens: its first and last three signs."""
    return f"{number[:3]}…{number[-3:]}"


def _is_right(phone: Phone, code: str, *, now: datetime) -> bool:
    if now >= phone.code_until or phone.wrong_codes >= MOST_WRONG_CODES:
        return False
    return hmac.compare_digest("".join(code.split()).encode(), code_of(phone).encode())


def _canonical(number: str) -> str:
    plain = re.sub(r"[\s()./-]", "", number)
    plain = "+" + plain[2:] if plain.startswith("00") else plain
    if not _NUMBER.fullmatch(plain):
        raise InvalidInput(fields={"number": ["Write it with its country, as +49 151 12345678."]})
    return plain


def _unverified(user_id: str) -> QuerySet[Phone]:
    return Phone.objects.filter(user_id=user_id, removed_at=None, verified_at=None)


def _give_up(phone: Phone, what: str, *, now: datetime) -> None:
    phone.removed_at, phone.updated_at = now, now
    phone.save(update_fields=["removed_at", "updated_at"])
    _tell(what, phone, now=now)


def _tell(what: str, phone: Phone, *, now: datetime) -> None:
    data = {"number": masked(phone.number)}
    actor = "system" if what == "refused" else phone.user_id
    record(type=f"phone.{what}", subject=phone, actor=actor, user_id=phone.user_id, now=now, data=data)
