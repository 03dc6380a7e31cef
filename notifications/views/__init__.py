"""The pages of notifications. They work without JavaScript, but for turning on what a browser shows."""

from notifications.views.devices import confirm_phone, name_phone, push_worker, remove_browser, remove_phone
from notifications.views.inbox import follow, inbox, read_all
from notifications.views.preferences import choose
from notifications.views.webhooks import remove, replay, rotate, switch, webhook, webhooks

__all__ = [
    "choose",
    "confirm_phone",
    "follow",
    "inbox",
    "name_phone",
    "push_worker",
    "read_all",
    "remove",
    "remove_browser",
    "remove_phone",
    "replay",
    "rotate",
    "switch",
    "webhook",
    "webhooks",
]
