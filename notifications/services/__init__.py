"""What the doors call."""

from notifications.services.consuming import consume, retry
from notifications.services.delivering import deliver, replay, send_again
from notifications.services.endpoints import (
    add_endpoint,
    change_endpoint,
    remove_endpoint,
    rotate_secret,
    secret_of,
    shown,
)
from notifications.services.mailing import deliver_mails
from notifications.services.phones import ask_code, code_of, confirm, masked, remove_phone, send_code
from notifications.services.pushing import create_push_key, public_key, subscribe, unsubscribe
from notifications.services.reading import mark_read, save_preferences
from notifications.services.reporting import check_report, take_report
from notifications.services.telling import MAILS

__all__ = [
    "MAILS",
    "add_endpoint",
    "ask_code",
    "change_endpoint",
    "check_report",
    "code_of",
    "confirm",
    "consume",
    "create_push_key",
    "deliver",
    "deliver_mails",
    "mark_read",
    "masked",
    "public_key",
    "remove_endpoint",
    "remove_phone",
    "replay",
    "retry",
    "rotate_secret",
    "save_preferences",
    "secret_of",
    "send_again",
    "send_code",
    "shown",
    "subscribe",
    "take_report",
    "unsubscribe",
]
